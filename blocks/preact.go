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
	b = b.Scope(name)
	a := u.activate(b, x)
	y := b.Conv("conv1", a, u.spatial(u.Planes, u.Stride, 1))
	y = b.Norm("bn2", y, u.ActivatedNorm())
	y = b.Conv("conv2", y, u.spatial(u.Planes, 1, 1))
	return u.endPreAct(b, y, x, a, u.Planes)
}

// PreActBottleneck is PreActBlock with a 1x1, a 3x3 and a 1x1 convolution:
// [N H W C] to [N H/Stride W/Stride 4*Planes].
func PreActBottleneck(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	b = b.Scope(name)
	a := u.activate(b, x)
	y := b.Conv("conv1", a, graph.Conv{Out: u.width(), Kernel: 1})
	y = b.Norm("bn2", y, u.ActivatedNorm())
	y = b.Conv("conv2", y, u.spatial(u.width(), u.Stride, u.Groups))
	y = b.Norm("bn3", y, u.ActivatedNorm())
	y = b.Conv("conv3", y, graph.Conv{Out: Expansion * u.Planes, Kernel: 1})
	return u.endPreAct(b, y, x, a, Expansion*u.Planes)
}

// activate is the norm and activation at the head of a unit.
func (u Unit) activate(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if u.Activated {
		return x
	}
	return b.Norm("bn1", x, u.ActivatedNorm())
}

// endPreAct adds the shortcut. The identity takes the raw input x; a projection,
// a bare 1x1 convolution here, takes the activated one (He et al. 2016, section
// 4.1 and its code).
func (u Unit) endPreAct(b *graph.Builder, y, x, activated *gorgonia.Node, channels int) *gorgonia.Node {
	if u.ZeroInit {
		b.Fail(errors.Errorf("blocks: %s: a pre-activation unit has no last norm to start at zero", b.Name()))
		return nil
	}
	if u.Shortcut == ShortcutD {
		b.Fail(errors.Errorf("blocks: %s: a pre-activation unit has no shortcut D; there are A, B, C and none", b.Name()))
		return nil
	}
	if u.Gate != nil {
		y = u.Gate(b, y)
	}
	if u.Shortcut == ShortcutNone {
		return y
	}
	if u.Shortcut.projects(b, x, channels, u.Stride) {
		x = b.Conv("downsample.0", activated, graph.Conv{Out: channels, Kernel: 1, Stride: u.Stride})
	} else {
		x = u.shortcut(b, x, channels)
	}
	return b.Add("add", b.StochasticDepth("drop", y, u.Drop), x, graph.Identity)
}
