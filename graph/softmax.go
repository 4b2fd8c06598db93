package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// KindSoftmax is that of Softmax.
const KindSoftmax Kind = "softmax"

// Softmax is exp(x)/sum(exp(x)) over the last dimension of x [... C]. CrossEntropy
// has one of its own, and takes logits.
func (b *Builder) Softmax(layer string, x *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	shape := x.Shape()
	if shape.Dims() < 1 {
		return b.failf("%s: want an input [... C], got a scalar", b.full(layer))
	}
	c := shape[shape.Dims()-1]
	d := definition{
		kind: KindSoftmax, out: shape.Clone(), inPlace: []int{0},
		run: func(y []float32, in []operand) { kernel.Softmax(y, in[0].f, c) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.inPlace = []int{0, 1}
		g.run = func(dx []float32, in []operand) { kernel.SoftmaxGrad(dx, in[0].f, in[1].f, c) }
		return gorgonia.Nodes{b.apply(layer, g, dy, y)}
	}
	return b.apply(layer, d, x)
}
