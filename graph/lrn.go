package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// LocalResponse says how LocalResponseNorm normalises. The zero value of a field is
// PyTorch's default, where there is one.
type LocalResponse struct {
	Size  int     // channels of the window: Size/2 before the value's own, the others from it on
	Alpha float64 // 0 means 1e-4; it is divided by Size, which the paper does not do
	Beta  float64 // 0 means 0.75
	K     float64 // 0 means 1
}

// LocalResponseNorm divides each value of x [N H W C] by
// (K + Alpha/Size sum)^Beta, where the sum is of the squares of the values in the
// window of channels around it, as far as there are channels (Krizhevsky et al. 2012,
// section 3.3, with PyTorch's constants).
func (b *Builder) LocalResponseNorm(layer string, x *gorgonia.Node, l LocalResponse) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	for _, d := range []struct {
		v     *float64
		usual float64
	}{{&l.Alpha, 1e-4}, {&l.Beta, 0.75}, {&l.K, 1}} {
		if *d.v == 0 {
			*d.v = d.usual
		}
	}
	if in.Dims() < 2 || l.Size < 1 || !(l.Alpha > 0 && l.Beta > 0 && l.K > 0) {
		return b.failf("%s: want an input [N H W C], a size of at least 1 and constants above 0, got %v and %+v", b.full(layer), in, l)
	}
	k := kernel.LRN{C: in[in.Dims()-1], Size: l.Size, Alpha: l.Alpha, Beta: l.Beta, K: l.K}
	d := definition{
		kind: KindLocalResponseNorm, attributes: l, out: in.Clone(),
		run: func(y []float32, in []operand) { k.Forward(y, in[0].f) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { k.Backward(dx, in[0].f, in[1].f) }
		return gorgonia.Nodes{b.apply(layer, g, dy, in[0])}
	}
	return b.apply(layer, d, x)
}
