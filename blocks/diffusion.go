package blocks

import (
	"math"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Denoising says what the units of a denoising network are like (Ho et al. 2020,
// appendix B).
type Denoising struct {
	Groups  int     // of the group norms
	Dropout float64 // before a residual unit's second convolution
}

// Norm is the group norm of the units, with an activation after it.
func (d Denoising) Norm(a graph.Activation) graph.Norm {
	return graph.Norm{Kind: graph.GroupNorm, Groups: d.Groups, Epsilon: 1e-6, Activation: a}
}

// TimeUnit is shortcut(x) + conv2(swish(norm2(conv1(swish(norm1(x))) + temb_proj(t))))
// with 3x3 convolutions: [N H W C] and the activated embedding of a time t [N 1 1 E] to
// [N H W out]. Where the channels change, the shortcut is a 1x1 convolution. Its tensors
// have the names of ResnetBlock in the PyTorch port of Song et al. 2021. The second
// convolution starts near 0, so that a new unit is its shortcut.
func (d Denoising) TimeUnit(b *graph.Builder, name string, x, t *gorgonia.Node, out int) *gorgonia.Node {
	b = b.Scope(name)
	y := b.Norm("norm1", x, d.Norm(graph.SiLU))
	if y == nil {
		return nil
	}
	y = FanAverage(b, "conv1", y, graph.Conv{Out: out, Kernel: 3, Pad: 1}, 1)
	shift := b.Linear("temb_proj", t, out)
	b.InitializeBy("temb_proj.weight", graph.XavierUniform)
	b.Initialize("temb_proj.bias", 0)
	if y == nil || shift == nil {
		return nil
	}
	shift = b.Resize("temb_wide", shift, y.Shape()[1], y.Shape()[2], graph.Nearest)
	y = b.Norm("norm2", b.Add("temb_add", y, shift, graph.Identity), d.Norm(graph.SiLU))
	y = FanAverage(b, "conv2", b.Dropout("dropout", y, d.Dropout), graph.Conv{Out: out, Kernel: 3, Pad: 1}, nearZero)
	if x.Shape()[3] != out {
		x = FanAverage(b, "nin_shortcut", x, graph.Conv{Out: out, Kernel: 1}, 1)
	}
	return b.Add("add", y, x, graph.Identity)
}

// AttentionUnit is x + proj_out(attention(norm(x))), by a single head, of every pixel of
// x [N H W C] with every other one. Its tensors have the names of the port's AttnBlock.
func (d Denoising) AttentionUnit(b *graph.Builder, name string, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope(name)
	y := b.Norm("norm", x, d.Norm(graph.Identity))
	if y == nil {
		return nil
	}
	one := graph.Conv{Out: x.Shape()[3], Kernel: 1}
	qkv := b.Concat("qkv", FanAverage(b, "q", y, one, 1), FanAverage(b, "k", y, one, 1), FanAverage(b, "v", y, one, 1))
	y = FanAverage(b, "proj_out", b.Attention("attention", qkv, graph.Attention{Heads: 1}), one, nearZero)
	return b.Add("add", y, x, graph.Identity)
}

// nearZero is the scale of what starts near 0. Exactly 0 would keep the gradients of the
// layers before it at 0 in the first step.
const nearZero = 1e-10

// FanAverage is a convolution with a bias of 0 and weights that start uniform with the
// variance 2*scale/(fan in + fan out), as all of Ho et al. 2020.
func FanAverage(b *graph.Builder, layer string, x *gorgonia.Node, c graph.Conv, scale float64) *gorgonia.Node {
	c.Bias, c.Init = true, scaledXavier(scale)
	y := b.Conv(layer, x, c)
	b.Initialize(layer+".bias", 0)
	return y
}

func scaledXavier(scale float64) graph.Initializer {
	factor := float32(math.Sqrt(scale))
	return func(values []float32, fan graph.Fan, rng *rand.Rand) {
		graph.XavierUniform(values, fan, rng)
		for i := range values {
			values[i] *= factor
		}
	}
}
