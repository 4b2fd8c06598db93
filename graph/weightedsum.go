package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// WeightedSumAttributes are those of KindWeightedSum.
type WeightedSumAttributes struct{ Weights []float64 }

// WeightedSum adds scalars, each times its weight: losses of several heads, or of
// several kinds.
func (b *Builder) WeightedSum(layer string, weights []float64, scalars ...*gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, scalars...) {
		return nil
	}
	if len(weights) != len(scalars) || len(scalars) == 0 {
		return b.failf("%s: want a weight for each of at least one scalar, got %d for %d", b.full(layer), len(weights), len(scalars))
	}
	for _, s := range scalars {
		if s.Shape().Dims() != 0 {
			b.Fail(errors.Errorf("graph: %s: want scalars, got %v", b.full(layer), s.Shape()))
			return nil
		}
	}
	d := definition{
		kind: KindWeightedSum, attributes: WeightedSumAttributes{weights},
		run: func(out []float32, in []operand) {
			sum := 0.0
			for i, s := range in {
				sum += weights[i] * float64(s.f[0])
			}
			out[0] = float32(sum)
		},
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dsum *gorgonia.Node) gorgonia.Nodes {
		grads := make(gorgonia.Nodes, len(in))
		for i := range in {
			if o.wrt[i] {
				g := d.gradient(Gradient, in[i])
				g.run = func(out []float32, in []operand) { out[0] = float32(weights[i]) * in[0].f[0] }
				grads[i] = b.apply(layer, g, dsum)
			}
		}
		return grads
	}
	return b.apply(layer, d, scalars...)
}
