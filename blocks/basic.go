package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Unit says what one unit of a stage is like.
type Unit struct {
	Planes   int // channels of the 3x3 convolutions
	Stride   int // of the unit as a whole
	Shortcut Shortcut
}

// Block emits one unit on x [N H W C] under a name such as layer1.0.
type Block func(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node

// BasicBlock is relu(F(x) + shortcut(x)) with F = bn(conv3x3(relu(bn(conv3x3(x)))))
// (He et al. 2015, figure 5 left): [N H W C] to [N H/Stride W/Stride Planes].
// Without a shortcut it is its plain twin, relu(F(x)).
func BasicBlock(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	y := b.Conv(name+".conv1", x, graph.Conv{Out: u.Planes, Kernel: 3, Stride: u.Stride, Pad: 1})
	y = b.BatchNormReLU(name+".bn1", y)
	y = b.Conv(name+".conv2", y, graph.Conv{Out: u.Planes, Kernel: 3, Pad: 1})
	if u.Shortcut == ShortcutNone {
		return b.BatchNormReLU(name+".bn2", y)
	}
	return b.BatchNormAddReLU(name+".bn2", y, u.Shortcut.emit(b, name, x, u.Planes, u.Stride))
}
