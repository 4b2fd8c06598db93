package blocks

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Inverted says what an inverted residual block is like, which is wide inside and
// narrow at its ends (Sandler et al. 2018).
type Inverted struct {
	Out    int // channels of the output
	Expand int // how many times as many channels as the input there are inside; 0 means 1
	Kernel int // height and width of the depthwise convolution, or of a fused block's first one
	Stride int // of that; 0 means 1

	// Squeeze is how many channels the squeeze and excitation inside has; 0 means a
	// quarter of the input's, as in EfficientNet. A fused block has none.
	Squeeze int

	// Norm is what follows every convolution; its Shortcut and Activation are the
	// block's to set.
	Norm graph.Norm
	// Activation is what every norm but the last ends in, and that in the squeeze and
	// excitation; none stands for SiLU.
	Activation graph.Activation

	// Plain leaves the shortcut out. There is one where the shape does not change.
	Plain bool
	// ZeroInit starts the scale of the last norm of a block with a shortcut at 0.
	ZeroInit bool
	// Drop is the probability that training leaves the residual branch of an example
	// out (stochastic depth, Huang et al. 2016); a block without a shortcut has none.
	Drop float64
}

// MBConv is a 1x1 convolution to more channels, a depthwise one, squeeze and
// excitation, and a 1x1 convolution to the output's channels, with a shortcut around
// them where the shape does not change (Tan and Le 2019, section 4): [N H W C] to
// [N H/Stride W/Stride Out]. Tensors have the names of torchvision's MBConv, block.0.0
// and so on; there is no first convolution where Expand is 1.
func MBConv(b *graph.Builder, name string, x *gorgonia.Node, m Inverted) *gorgonia.Node {
	b = b.Scope(name)
	if !m.settle(b, x) {
		return nil
	}
	y, part := x, parts(0)
	channels := x.Shape()[3]
	inside := Divisible(float64(channels*m.Expand), 8)
	if inside != channels {
		y = m.layer(b, part.next(), y, graph.Conv{Out: inside, Kernel: 1}, m.activated())
	}
	y = m.layer(b, part.next(), y, graph.Conv{Out: inside, Kernel: m.Kernel, Stride: m.Stride, Pad: m.Kernel / 2, Groups: inside}, m.activated())
	squeeze := m.Squeeze
	if squeeze == 0 {
		squeeze = max(channels/4, 1)
	}
	y = m.excite(b.Scope(part.next()), y, squeeze)
	return m.end(b, part.next(), y, x, graph.Conv{Out: m.Out, Kernel: 1}, m.Norm)
}

// FusedMBConv is MBConv with one convolution in place of the first two, and without
// squeeze and excitation; where Expand is 1 that convolution is all (Tan and Le 2021,
// section 3.2). Tensors have the names of torchvision's FusedMBConv.
func FusedMBConv(b *graph.Builder, name string, x *gorgonia.Node, m Inverted) *gorgonia.Node {
	b = b.Scope(name)
	if !m.settle(b, x) {
		return nil
	}
	part := parts(0)
	channels := x.Shape()[3]
	inside := Divisible(float64(channels*m.Expand), 8)
	spatial := graph.Conv{Out: inside, Kernel: m.Kernel, Stride: m.Stride, Pad: m.Kernel / 2}
	if inside == channels {
		spatial.Out = m.Out
		return m.end(b, part.next(), x, x, spatial, m.activated())
	}
	y := m.layer(b, part.next(), x, spatial, m.activated())
	return m.end(b, part.next(), y, x, graph.Conv{Out: m.Out, Kernel: 1}, m.Norm)
}

// settle checks what a block is asked for and sets what is left out.
func (m *Inverted) settle(b *graph.Builder, x *gorgonia.Node) bool {
	if b.Err() != nil {
		return false
	}
	if x == nil || x.Shape().Dims() != 4 || m.Expand < 0 || m.Kernel < 1 || m.Kernel%2 == 0 || m.Squeeze < 0 {
		b.Fail(errors.Errorf("blocks: %s: an inverted block takes pictures [N H W C] and needs an odd kernel, and no negative expansion or squeeze, got %v, %d, %d and %d",
			b.Name(), shapeOf(x), m.Kernel, m.Expand, m.Squeeze))
		return false
	}
	m.Expand, m.Stride = max(m.Expand, 1), max(m.Stride, 1)
	if m.Activation == graph.Identity {
		m.Activation = graph.SiLU
	}
	return true
}

// parts counts the parts of a block, as torchvision names them.
type parts int

func (p *parts) next() string {
	*p++
	return fmt.Sprintf("block.%d", *p-1)
}

// activated is the norm with the activation after it.
func (m Inverted) activated() graph.Norm {
	n := m.Norm
	n.Activation = m.Activation
	return n
}

// layer is a convolution and a norm. Convolutions start as torchvision's do.
func (m Inverted) layer(b *graph.Builder, name string, x *gorgonia.Node, c graph.Conv, n graph.Norm) *gorgonia.Node {
	c.Init = graph.HeFanOut
	return b.Norm(name+".1", b.Conv(name+".0", x, c), n)
}

// excite scales each channel by sigmoid(W2 a(W1 mean(y))), where W1 and W2 are 1x1
// convolutions with bias.
func (m Inverted) excite(b *graph.Builder, y *gorgonia.Node, squeeze int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	s := b.GlobalAvgPool("avgpool", y)
	s = b.Activate("activation", b.Conv("fc1", s, graph.Conv{Out: squeeze, Kernel: 1, Bias: true, Init: graph.HeFanOut}), m.Activation)
	s = b.Activate("scale_activation", b.Conv("fc2", s, graph.Conv{Out: y.Shape()[3], Kernel: 1, Bias: true, Init: graph.HeFanOut}), graph.Sigmoid)
	return b.ScaleChannels("scale", y, s)
}

// end is the last layer, on y, with the shortcut from x if there is one.
func (m Inverted) end(b *graph.Builder, name string, y, x *gorgonia.Node, c graph.Conv, n graph.Norm) *gorgonia.Node {
	if m.Plain || m.Stride != 1 || b.Err() != nil || x.Shape()[3] != m.Out {
		return m.layer(b, name, y, c, n)
	}
	if m.ZeroInit {
		defer b.Initialize(name+".1.weight", 0)
	}
	// The activation of a fused block that is one convolution comes before the addition.
	if n.Activation == graph.Identity && (m.Drop == 0 || !b.Training()) {
		n.Shortcut = x
		return m.layer(b, name, y, c, n)
	}
	return b.Add("add", b.StochasticDepth("drop", m.layer(b, name, y, c, n), m.Drop), x, graph.Identity)
}

// Divisible is the multiple of a divisor that is nearest to n and not below 90 % of it,
// as numbers of channels are rounded in MobileNets and EfficientNets. A divisor below 1
// is 1.
func Divisible(n float64, divisor int) int {
	divisor = max(divisor, 1)
	rounded := max(int(n+float64(divisor)/2)/divisor*divisor, divisor)
	if float64(rounded) < 0.9*n {
		rounded += divisor
	}
	return rounded
}
