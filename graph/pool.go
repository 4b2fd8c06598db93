package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// MaxPool takes the largest of each size x size window of x [N H W C], every
// stride pixels. Padding counts as minus infinity and output sizes are rounded
// down, as in PyTorch.
func (b *Builder) MaxPool(layer string, x *gorgonia.Node, size, stride, pad int) *gorgonia.Node {
	s, d, ok := b.pool(layer, KindMaxPool, x, size, stride, pad)
	if !ok {
		return nil
	}
	d.saved = d.out.TotalSize()
	var at []int32 // where each output came from
	d.run = func(y []float32, in []operand) {
		if at == nil {
			at = make([]int32, len(y))
		}
		s.Forward(y, at, in[0].f)
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { s.Backward(dx, in[0].f, at) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}

// AvgPool averages each channel of x [N H W C] over every size x size window, every
// stride pixels. Output sizes are rounded down.
func (b *Builder) AvgPool(layer string, x *gorgonia.Node, size, stride int) *gorgonia.Node {
	s, d, ok := b.pool(layer, KindAvgPool, x, size, stride, 0)
	if !ok {
		return nil
	}
	d.run = func(y []float32, in []operand) { s.Mean(y, in[0].f) }
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { s.MeanGrad(dx, in[0].f) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}

// pool checks what a pooling is asked for, and begins its definition.
func (b *Builder) pool(layer string, kind Kind, x *gorgonia.Node, size, stride, pad int) (s kernel.Pool, d definition, ok bool) {
	if !b.ready(layer, x) {
		return s, d, false
	}
	in := x.Shape()
	if in.Dims() != 4 {
		b.failf("%s: want an input [N H W C], got %v", b.full(layer), in)
		return s, d, false
	}
	if size < 1 || stride < 1 || pad < 0 || 2*pad > size {
		b.failf("%s: want a size and a stride of at least 1 and a padding of at most half the size, got %d, %d, %d", b.full(layer), size, stride, pad)
		return s, d, false
	}
	s = kernel.Pool{N: in[0], H: in[1], W: in[2], C: in[3], Size: size, Stride: stride, Pad: pad}.Resolve()
	if s.OH < 1 || s.OW < 1 {
		b.failf("%s: a window of %d with padding %d does not fit into an input of %dx%d", b.full(layer), size, pad, in[1], in[2])
		return s, d, false
	}
	d = definition{kind: kind, out: tensor.Shape{s.N, s.OH, s.OW, s.C},
		attributes: PoolAttributes{[2]int{size, size}, [2]int{stride, stride}, [4]int{pad, pad, pad, pad}}}
	return s, d, true
}

// GlobalAvgPool averages each channel of x [N H W C] over its pixels: [N C].
func (b *Builder) GlobalAvgPool(layer string, x *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 4 {
		return b.failf("%s: want an input [N H W C], got %v", b.full(layer), in)
	}
	n, c := in[0], in[3]
	d := definition{
		kind: KindGlobalAvgPool, out: tensor.Shape{n, c},
		run: func(y []float32, in []operand) { kernel.GlobalMean(y, in[0].f, n, c) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { kernel.GlobalMeanGrad(dx, in[0].f, n, c) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}

// Subsample is the parameter-free shortcut (He et al. 2015, section 3.3, option
// A): every stride-th pixel of x [N H W C], its channels in the middle of the
// given number, zeros around them.
func (b *Builder) Subsample(layer string, x *gorgonia.Node, channels, stride int) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 4 || stride < 1 || channels < in[3] {
		return b.failf("%s: want an input [N H W C], a stride of at least 1 and no fewer channels than C, got %v, %d, %d", b.full(layer), in, stride, channels)
	}
	s := kernel.Subsample{N: in[0], H: in[1], W: in[2], C: in[3], K: channels, Before: (channels - in[3]) / 2, Stride: stride}.Resolve()
	d := definition{
		kind: KindSubsample, attributes: SubsampleAttributes{in[3], channels, stride}, out: tensor.Shape{s.N, s.OH, s.OW, s.K},
		run: func(y []float32, in []operand) { s.Forward(y, in[0].f) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { s.Backward(dx, in[0].f) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}
