package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Unit says what one unit of a stage is like.
type Unit struct {
	Planes   int // channels of the 3x3 convolutions, before widening
	Stride   int // of the unit as a whole
	Dilation int // how many pixels the taps of its 3x3 convolutions lie apart; 0 means 1
	Shortcut Shortcut

	// Groups and BaseWidth widen a bottleneck's inner convolutions as torchvision
	// does, to Planes*BaseWidth/64*Groups channels in so many groups: 32 and 4 in
	// ResNeXt 32x4d, 1 and 128 in a Wide ResNet-50-2. 0 means 1 and 64.
	Groups, BaseWidth int

	// StrideFirst puts a bottleneck's stride into its first 1x1 convolution, as
	// the 2015 paper has it; otherwise it is in the 3x3, as in torchvision.
	StrideFirst bool

	// Activated says of a pre-activation unit that its input has gone through
	// norm and ReLU already: the first unit, after the stem.
	Activated bool

	// ZeroInit starts the scale of the unit's last norm at 0, so that a new unit is
	// its shortcut alone (Goyal et al. 2017, section 5.1).
	ZeroInit bool

	// Norm is what follows every convolution; the zero value is batch norm with
	// PyTorch's constants. Its Shortcut and Activation are the unit's to set.
	Norm graph.Norm

	// Activation is what every norm but a pre-activated unit's shortcut ends in;
	// none stands for ReLU.
	Activation graph.Activation

	// Drop is the probability that training leaves the residual branch of an example
	// out (stochastic depth, Huang et al. 2016); a unit without a shortcut has none.
	Drop float64

	// Gate, unless nil, transforms the residual branch before it is added to the
	// shortcut; SqueezeExcite makes one.
	Gate Gate
}

// Gate emits something on the residual branch y [N H W C], of the same shape, under
// the unit's name.
type Gate func(b *graph.Builder, y *gorgonia.Node) *gorgonia.Node

// Block emits one unit on x [N H W C] under a name such as layer1.0, and returns its
// output. What does not fit is an error of the Builder that names the layer. A block
// belongs to a kind of network with a number of convolutions on the residual branch.
type Block func(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node

// Expansion is the ratio of a bottleneck's output channels to Planes.
const Expansion = 4

// width is the number of channels inside a bottleneck.
func (u Unit) width() int {
	width := u.Planes
	if u.BaseWidth > 0 {
		width = u.Planes * u.BaseWidth / 64
	}
	return width * max(u.Groups, 1)
}

// spatial is a 3x3 convolution of the unit, which keeps the size but for its stride.
func (u Unit) spatial(out, stride, groups int) graph.Conv {
	return graph.Conv{Out: out, Kernel: 3, Stride: stride, Pad: max(u.Dilation, 1), Dilation: max(u.Dilation, 1), Groups: groups}
}

// activation is the unit's.
func (u Unit) activation() graph.Activation {
	if u.Activation == graph.Identity {
		return graph.ReLU
	}
	return u.Activation
}

// ActivatedNorm is the norm in the middle of a unit, with the activation after it.
func (u Unit) ActivatedNorm() graph.Norm {
	n := u.Norm
	n.Activation = u.activation()
	return n
}

// end closes a unit after its last convolution: relu(norm(y) + shortcut), with the
// gate in between.
func (u Unit) end(b *graph.Builder, norm string, y, x *gorgonia.Node, channels int) *gorgonia.Node {
	if u.ZeroInit {
		defer b.Initialize(norm+".weight", 0)
	}
	last := u.ActivatedNorm()
	switch {
	case u.Shortcut == ShortcutNone && u.Gate == nil:
		return b.Norm(norm, y, last)
	case u.Gate == nil && (u.Drop == 0 || !b.Training()):
		last.Shortcut = u.shortcut(b, x, channels)
		return b.Norm(norm, y, last)
	}
	y = b.Norm(norm, y, u.Norm)
	if u.Gate != nil {
		y = u.Gate(b, y)
	}
	if u.Shortcut == ShortcutNone {
		return b.Activate("relu", y, last.Activation)
	}
	return b.Add("add", b.StochasticDepth("drop", y, u.Drop), u.shortcut(b, x, channels), last.Activation)
}
