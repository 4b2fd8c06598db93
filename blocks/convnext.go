package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// ConvNeXt says what a block of a ConvNeXt is like.
type ConvNeXt struct {
	Kernel     int              // of the depthwise convolution; 0 means 7
	Expand     int              // how many times as many values there are between the linear layers; 0 means 4
	Epsilon    float64          // of the norm; 0 means 1e-6
	Activation graph.Activation // between the linear layers; none stands for GELU

	LayerScale float64 // that the factors of the channels start at; 0 means 1e-6
	Plain      bool    // leaves the shortcut out
	// Drop is the probability that training leaves the residual branch of an example
	// out (stochastic depth, Huang et al. 2016); a block without a shortcut has none.
	Drop float64
}

// ConvNeXtBlock is a depthwise convolution, layer norm, and two linear layers for each
// pixel with GELU between, scaled by learnt factors of the channels and added to the
// input (Liu et al. 2022, figure 4): [N H W C] to the same. Tensors have the names of
// torchvision's CNBlock: layer_scale, block.0, block.2, block.3 and block.5.
func ConvNeXtBlock(b *graph.Builder, name string, x *gorgonia.Node, n ConvNeXt) *gorgonia.Node {
	b = b.Scope(name)
	if b.Err() != nil {
		return nil
	}
	if n.Kernel == 0 {
		n.Kernel = 7
	}
	if n.Expand == 0 {
		n.Expand = 4
	}
	if x == nil || x.Shape().Dims() != 4 || n.Kernel < 1 || n.Kernel%2 == 0 || n.Expand < 1 {
		b.Fail(errors.Errorf("blocks: %s: a ConvNeXt block takes pictures [N H W C] and needs an odd kernel and an expansion of at least 1, got %v, %d and %d",
			b.Name(), shapeOf(x), n.Kernel, n.Expand))
		return nil
	}
	if n.Epsilon == 0 {
		n.Epsilon = 1e-6
	}
	if n.LayerScale == 0 {
		n.LayerScale = 1e-6
	}
	if n.Activation == graph.Identity {
		n.Activation = graph.GELU
	}
	channels := x.Shape()[3]
	y := b.Conv("block.0", x, graph.Conv{Out: channels, Kernel: n.Kernel, Pad: n.Kernel / 2, Groups: channels, Bias: true})
	y = b.Norm("block.2", y, graph.Norm{Kind: graph.LayerNorm, Epsilon: n.Epsilon})
	y = b.Activate("block.4", b.Linear("block.3", y, n.Expand*channels), n.Activation)
	y = b.Linear("block.5", y, channels)
	for _, layer := range []string{"block.0", "block.3", "block.5"} {
		b.InitializeBy(layer+".weight", graph.Normal(0.02))
	}
	y = b.Scale("scale", y, b.Parameter("layer_scale", graph.Constant(float32(n.LayerScale)), channels, 1, 1))
	if n.Plain {
		return y
	}
	return b.Add("add", b.StochasticDepth("drop", y, n.Drop), x, graph.Identity)
}
