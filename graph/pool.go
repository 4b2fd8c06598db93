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
	s, ok := b.pool(layer, x, size, stride, pad)
	if !ok {
		return nil
	}
	out := tensor.Shape{s.N, s.OH, s.OW, s.C}
	var at []int32 // where each output came from
	return b.apply(&op{
		kind: "max pool", layer: layer, out: out, keeps: out.TotalSize(),
		run: func(y []float32, in []operand) {
			if at == nil {
				at = make([]int32, len(y))
			}
			s.Forward(y, at, in[0].f)
		},
		diff: func(in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "max pool gradient", layer: layer, out: in[0].Shape().Clone(),
				run: func(dx []float32, in []operand) { s.Backward(dx, in[0].f, at) },
			}, dy)}
		},
	}, x)
}

// AvgPool averages each channel of x [N H W C] over every size x size window, every
// stride pixels. Output sizes are rounded down.
func (b *Builder) AvgPool(layer string, x *gorgonia.Node, size, stride int) *gorgonia.Node {
	s, ok := b.pool(layer, x, size, stride, 0)
	if !ok {
		return nil
	}
	return b.apply(&op{
		kind: "average pool", layer: layer, out: tensor.Shape{s.N, s.OH, s.OW, s.C},
		run: func(y []float32, in []operand) { s.Mean(y, in[0].f) },
		diff: func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "average pool gradient", layer: layer, out: in[0].Shape().Clone(),
				run: func(dx []float32, in []operand) { s.MeanGrad(dx, in[0].f) },
			}, dy)}
		},
	}, x)
}

// pool checks what a pooling is asked for.
func (b *Builder) pool(layer string, x *gorgonia.Node, size, stride, pad int) (s kernel.Pool, ok bool) {
	if !b.ready(layer, x) {
		return s, false
	}
	in := x.Shape()
	if in.Dims() != 4 {
		b.failf("%s: want an input [N H W C], got %v", layer, in)
		return s, false
	}
	if size < 1 || stride < 1 || pad < 0 || 2*pad > size {
		b.failf("%s: want a size and a stride of at least 1 and a padding of at most half the size, got %d, %d, %d", layer, size, stride, pad)
		return s, false
	}
	s = kernel.Pool{N: in[0], H: in[1], W: in[2], C: in[3], Size: size, Stride: stride, Pad: pad}.Resolve()
	if s.OH < 1 || s.OW < 1 {
		b.failf("%s: a window of %d with padding %d does not fit into an input of %dx%d", layer, size, pad, in[1], in[2])
		return s, false
	}
	return s, true
}

// GlobalAvgPool averages each channel of x [N H W C] over its pixels: [N C].
func (b *Builder) GlobalAvgPool(layer string, x *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 4 {
		return b.failf("%s: want an input [N H W C], got %v", layer, in)
	}
	n, c := in[0], in[3]
	return b.apply(&op{
		kind: "global average pool", layer: layer, out: tensor.Shape{n, c},
		run: func(y []float32, in []operand) { kernel.GlobalMean(y, in[0].f, n, c) },
		diff: func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "global average pool gradient", layer: layer, out: in[0].Shape().Clone(),
				run: func(dx []float32, in []operand) { kernel.GlobalMeanGrad(dx, in[0].f, n, c) },
			}, dy)}
		},
	}, x)
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
		return b.failf("%s: want an input [N H W C], a stride of at least 1 and no fewer channels than C, got %v, %d, %d", layer, in, stride, channels)
	}
	s := kernel.Subsample{N: in[0], H: in[1], W: in[2], C: in[3], K: channels, Before: (channels - in[3]) / 2, Stride: stride}.Resolve()
	return b.apply(&op{
		kind: "subsample", layer: layer, out: tensor.Shape{s.N, s.OH, s.OW, s.K},
		run: func(y []float32, in []operand) { s.Forward(y, in[0].f) },
		diff: func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "subsample gradient", layer: layer, out: in[0].Shape().Clone(),
				run: func(dx []float32, in []operand) { s.Backward(dx, in[0].f) },
			}, dy)}
		},
	}, x)
}
