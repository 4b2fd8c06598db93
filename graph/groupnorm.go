package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// groupNorm is the state that group norm's forward and backward operations share.
type groupNorm struct {
	kernel.GroupNorm
	mean, invstd []float64 // of every group of every picture, made by the first run
	dbias        []float32
}

func (n *groupNorm) forward(y, x, weight, bias []float32) {
	if n.mean == nil {
		n.mean, n.invstd = make([]float64, n.N*n.Groups), make([]float64, n.N*n.Groups)
	}
	n.Forward(y, x, weight, bias, n.mean, n.invstd)
}

// groupNorm emits a group norm.
func (b *Builder) groupNorm(layer string, x *gorgonia.Node, options Norm) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	in := x.Shape()
	c := in[in.Dims()-1]
	if in.Dims() < 2 || options.Groups < 1 || c%options.Groups != 0 {
		return b.failf("%s: want an input [N H W C] whose channels divide into the groups, got %v and %d", b.full(layer), in, options.Groups)
	}
	weight, bias := b.normParameters(layer, c)
	n := &groupNorm{GroupNorm: kernel.GroupNorm{N: in[0], C: c, Groups: options.Groups, Epsilon: options.Epsilon}}
	return b.apply(layer, definition{
		kind: KindGroupNorm, attributes: NormAttributes{Epsilon: options.Epsilon, Groups: options.Groups}, out: in.Clone(),
		saved: 4 * in[0] * options.Groups,
		run:   func(y []float32, in []operand) { n.forward(y, in[0].f, in[1].f, in[2].f) },
		diff: func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			x, weight := in[0], in[1]
			grads := make(gorgonia.Nodes, 3)
			if slices.Contains(o.wrt[1:], true) {
				g := o.gradient(WeightGradient, weight)
				g.run = func(dweight []float32, in []operand) {
					if n.dbias == nil {
						n.dbias = make([]float32, c)
					}
					n.BackwardParameters(dweight, n.dbias, in[0].f, in[1].f, n.mean, n.invstd)
				}
				dweight := b.apply(layer, g, dy, x)
				if o.wrt[1] {
					grads[1] = dweight
				}
				if o.wrt[2] {
					g := o.gradient(BiasGradient, weight)
					g.run = func(dbias []float32, _ []operand) { copy(dbias, n.dbias) }
					grads[2] = b.apply(layer, g, dweight)
				}
			}
			if o.wrt[0] {
				g := o.gradient(InputGradient, x)
				g.inPlace = []int{0, 1}
				g.run = func(dx []float32, in []operand) { n.BackwardInput(dx, in[0].f, in[1].f, in[2].f, n.mean, n.invstd) }
				grads[0] = b.apply(layer, g, dy, x, weight)
			}
			return grads
		},
	}, x, weight, bias)
}
