package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// PreActBlock is x + F(x) with F = conv3x3(relu(bn(conv3x3(relu(bn(x)))))) (He et
// al. 2016, figure 1b): [N H W C] to [N H/Stride W/Stride Planes]. Nothing follows
// the addition, so the shortcut is a pure identity from unit to unit.
func PreActBlock(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	a := u.activate(b, name, x)
	y := b.Conv(name+".conv1", a, graph.Conv{Out: u.Planes, Kernel: 3, Stride: u.Stride, Pad: 1})
	y = b.Norm(name+".bn2", y, graph.Norm{Activation: graph.ReLU})
	y = b.Conv(name+".conv2", y, graph.Conv{Out: u.Planes, Kernel: 3, Pad: 1})
	return u.endPreAct(b, name, y, x, a, u.Planes)
}

// PreActBottleneck is PreActBlock with a 1x1, a 3x3 and a 1x1 convolution:
// [N H W C] to [N H/Stride W/Stride 4*Planes].
func PreActBottleneck(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	a := u.activate(b, name, x)
	y := b.Conv(name+".conv1", a, graph.Conv{Out: u.width(), Kernel: 1})
	y = b.Norm(name+".bn2", y, graph.Norm{Activation: graph.ReLU})
	y = b.Conv(name+".conv2", y, graph.Conv{Out: u.width(), Kernel: 3, Stride: u.Stride, Pad: 1, Groups: u.Groups})
	y = b.Norm(name+".bn3", y, graph.Norm{Activation: graph.ReLU})
	y = b.Conv(name+".conv3", y, graph.Conv{Out: Expansion * u.Planes, Kernel: 1})
	return u.endPreAct(b, name, y, x, a, Expansion*u.Planes)
}

// activate is the norm and ReLU at the head of a unit.
func (u Unit) activate(b *graph.Builder, name string, x *gorgonia.Node) *gorgonia.Node {
	if u.Activated {
		return x
	}
	return b.Norm(name+".bn1", x, graph.Norm{Activation: graph.ReLU})
}

// endPreAct adds the shortcut. The identity takes the raw input x; a projection,
// a bare 1x1 convolution here, takes the activated one (He et al. 2016, section
// 4.1 and its code).
func (u Unit) endPreAct(b *graph.Builder, name string, y, x, activated *gorgonia.Node, channels int) *gorgonia.Node {
	if u.ZeroInit {
		b.Fail(errors.Errorf("blocks: %s: a pre-activation unit has no last norm to start at zero", name))
		return nil
	}
	if u.Gate != nil {
		y = u.Gate(b, name, y)
	}
	if u.Shortcut == ShortcutNone {
		return y
	}
	if u.Shortcut.projects(b, x, channels, u.Stride) {
		x = b.Conv(name+".downsample.0", activated, graph.Conv{Out: channels, Kernel: 1, Stride: u.Stride})
	} else {
		x = u.Shortcut.emit(b, name, x, channels, u.Stride)
	}
	return b.Add(name+".add", y, x, graph.Identity)
}
