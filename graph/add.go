package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Add is a(x + y), of one shape.
func (b *Builder) Add(layer string, x, y *gorgonia.Node, a Activation) *gorgonia.Node {
	if !b.ready(layer, x, y) {
		return nil
	}
	switch {
	case !x.Shape().Eq(y.Shape()):
		return b.failf("%s: only equal shapes can be added, got %v and %v", b.full(layer), x.Shape(), y.Shape())
	case int(a) >= len(activationNames):
		return b.failf("%s: %v", b.full(layer), a)
	case a != Identity && !b.joins(a):
		return b.then(layer, b.Add(layer, x, y, Identity), out{activation: a})
	}
	return b.apply(layer, definition{
		kind: KindAdd, attributes: AddAttributes{a}, out: x.Shape().Clone(), inPlace: []int{0, 1},
		run: func(z []float32, in []operand) {
			switch a {
			case ReLU:
				kernel.AddReLU(z, in[0].f, in[1].f)
			case Identity:
				kernel.Add(z, in[0].f, in[1].f)
			default:
				kernel.Add(z, in[0].f, in[1].f)
				a.kernel().Forward(z, z)
			}
		},
		diff: func(_ *op, _ gorgonia.Nodes, z, dz *gorgonia.Node) gorgonia.Nodes {
			if a != Identity {
				dz = b.activationGradient(layer, a, dz, z)
			}
			return gorgonia.Nodes{dz, dz}
		},
	}, x, y)
}

// ScaleChannels multiplies each channel of each picture of x [N H W C] by its
// factor in s [N C], as squeeze and excitation does.
func (b *Builder) ScaleChannels(layer string, x, s *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, s) {
		return nil
	}
	in, factors := x.Shape(), s.Shape()
	if in.Dims() != 4 || factors.Dims() != 2 || factors[0] != in[0] || factors[1] != in[3] {
		return b.failf("%s: want an input [N H W C] and factors [N C], got %v and %v", b.full(layer), in, factors)
	}
	c := in[3]
	d := definition{
		kind: KindScaleChannels, out: in.Clone(), inPlace: []int{0},
		run: func(y []float32, in []operand) { kernel.ScaleChannels(y, in[0].f, in[1].f, c) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, s := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(FactorGradient, s)
			g.run = func(ds []float32, in []operand) { kernel.ScaleChannelsFactorGrad(ds, in[0].f, in[1].f, c) }
			grads[1] = b.apply(layer, g, dy, x)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, x)
			g.inPlace = []int{0}
			g.run = func(dx []float32, in []operand) { kernel.ScaleChannels(dx, in[0].f, in[1].f, c) }
			grads[0] = b.apply(layer, g, dy, s)
		}
		return grads
	}
	return b.apply(layer, d, x, s)
}
