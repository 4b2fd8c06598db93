package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// meanLoss is a loss that is the mean of the values' losses by weights.
type meanLoss struct {
	kind       Kind
	attributes Attributes
	forward    func(x, targets, weights []float32) float64
	backward   func(dx, x, targets, weights []float32, scale float64)
	check      func(targets []float32) error // nil for any
}

// meanLoss emits the loss of x against targets of its shape. The weights, which may be
// nil, have x's shape or the first of its dimensions: a weight is that of all the values
// behind it. The gradient is computed from the inputs, so that nothing is kept for it.
func (b *Builder) meanLoss(layer string, l meanLoss, x, targets, weights *gorgonia.Node) *gorgonia.Node {
	inputs := []*gorgonia.Node{x, targets}
	if weights != nil {
		inputs = append(inputs, weights)
	}
	if !b.ready(layer, inputs...) {
		return nil
	}
	in := x.Shape()
	if in.Dims() == 0 || !in.Eq(targets.Shape()) {
		return b.failf("%s: want targets of the shape of what is measured, got %v and %v", b.full(layer), targets.Shape(), in)
	}
	if weights != nil {
		if s := weights.Shape(); s.Dims() == 0 || s.Dims() > in.Dims() || !slices.Equal(s, in[:s.Dims()]) {
			return b.failf("%s: want weights of the shape %v, or of the first of its dimensions, got %v", b.full(layer), in, s)
		}
	}
	wrt := make([]bool, len(inputs))
	wrt[0] = b.differentiable(x)
	given := func(in []operand) []float32 {
		if weights == nil {
			return nil
		}
		return in[2].f
	}
	d := definition{
		kind: l.kind, attributes: l.attributes, wrt: wrt,
		run: func(out []float32, in []operand) { out[0] = float32(l.forward(in[0].f, in[1].f, given(in))) },
		diff: func(o *op, in gorgonia.Nodes, _, dloss *gorgonia.Node) gorgonia.Nodes {
			g := o.gradient(Gradient, in[0])
			g.inPlace = []int{0}
			g.run = func(dx []float32, in []operand) {
				l.backward(dx, in[0].f, in[1].f, given(in), float64(in[len(in)-1].f[0]))
			}
			grads := make(gorgonia.Nodes, len(in))
			grads[0] = b.apply(layer, g, append(slices.Clone(in), dloss)...)
			return grads
		},
	}
	if l.check != nil {
		d.check = func(in []operand) error { return l.check(in[1].f) }
	}
	return b.apply(layer, d, inputs...)
}
