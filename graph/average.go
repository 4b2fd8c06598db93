package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// AdaptiveAttributes are those of KindAdaptiveAvgPool.
type AdaptiveAttributes struct{ Output [2]int } // height and width

// AdaptiveAvgPool averages each channel of x [N H W C] over height x width windows
// that cover the picture: row i is of the rows from floor(i H/height) to
// ceil((i+1) H/height), so that windows overlap where the sizes do not divide.
func (b *Builder) AdaptiveAvgPool(layer string, x *gorgonia.Node, height, width int) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	switch {
	case in.Dims() != 4 || height < 1 || width < 1:
		return b.failf("%s: want an input [N H W C] and a size of at least 1x1, got %v and %dx%d", b.full(layer), in, height, width)
	case in[1] == height && in[2] == width:
		return x
	}
	if !b.sides(layer, height, width) {
		return nil
	}
	a := kernel.Average{N: in[0], H: in[1], W: in[2], C: in[3], Rows: kernel.AdaptiveSpans(height, in[1]), Cols: kernel.AdaptiveSpans(width, in[2])}
	return b.average(layer, definition{kind: KindAdaptiveAvgPool, attributes: AdaptiveAttributes{[2]int{height, width}}}, a, x)
}

// average emits an average pooling, begun as d, and its way back.
func (b *Builder) average(layer string, d definition, a kernel.Average, x *gorgonia.Node) *gorgonia.Node {
	d.out = tensor.Shape{a.N, len(a.Rows), len(a.Cols), a.C}
	d.run = func(y []float32, in []operand) { a.Forward(y, in[0].f) }
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { a.Backward(dx, in[0].f) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}
