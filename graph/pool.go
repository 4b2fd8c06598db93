package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Pool says what windows a pooling has. The zero value of a field is its usual
// value, where there is one.
type Pool struct {
	Kind   Kind // KindMaxPool or KindAvgPool
	Size   int  // height and width of a window
	Stride int  // 0 means Size
	Pad    int  // on each side, at most half of Size
	// Ceil rounds output sizes up where the last window begins within the picture or
	// the padding before it, PyTorch's ceil_mode.
	Ceil bool
	// ExcludePad divides averages by the pixels of the picture alone; otherwise
	// padding counts as zeros, PyTorch's count_include_pad.
	ExcludePad bool
}

// MaxPool takes the largest of each size x size window of x [N H W C], every
// stride pixels. Padding counts as minus infinity and output sizes are rounded
// down, as in PyTorch.
func (b *Builder) MaxPool(layer string, x *gorgonia.Node, size, stride, pad int) *gorgonia.Node {
	return b.pool(layer, x, Pool{Kind: KindMaxPool, Size: size, Stride: stride, Pad: pad})
}

// AvgPool averages each channel of x [N H W C] over every size x size window, every
// stride pixels. Output sizes are rounded down.
func (b *Builder) AvgPool(layer string, x *gorgonia.Node, size, stride int) *gorgonia.Node {
	return b.pool(layer, x, Pool{Kind: KindAvgPool, Size: size, Stride: stride})
}

// Pool pools each channel of x [N H W C]: [N OH OW C] with
// OH = floor((H + 2 Pad - Size)/Stride) + 1, or rounded up.
func (b *Builder) Pool(layer string, x *gorgonia.Node, p Pool) *gorgonia.Node {
	if p.Stride == 0 {
		p.Stride = p.Size
	}
	return b.pool(layer, x, p)
}

func (b *Builder) pool(layer string, x *gorgonia.Node, p Pool) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	switch {
	case in.Dims() != 4:
		return b.failf("%s: want an input [N H W C], got %v", b.full(layer), in)
	case p.Kind != KindMaxPool && p.Kind != KindAvgPool:
		return b.failf("%s: there is no pooling of kind %q; there are %s and %s", b.full(layer), p.Kind, KindMaxPool, KindAvgPool)
	case p.Size < 1 || p.Stride < 1 || p.Pad < 0 || 2*p.Pad > p.Size:
		return b.failf("%s: want a size and a stride of at least 1 and a padding of at most half the size, got %d, %d, %d", b.full(layer), p.Size, p.Stride, p.Pad)
	}
	s := kernel.Pool{N: in[0], H: in[1], W: in[2], C: in[3], Size: p.Size, Stride: p.Stride, Pad: p.Pad, Ceil: p.Ceil}.Resolve()
	if s.OH < 1 || s.OW < 1 {
		return b.failf("%s: a window of %d with padding %d does not fit into an input of %dx%d", b.full(layer), p.Size, p.Pad, in[1], in[2])
	}
	d := definition{kind: p.Kind, out: tensor.Shape{s.N, s.OH, s.OW, s.C},
		attributes: PoolAttributes{Size: [2]int{p.Size, p.Size}, Stride: [2]int{p.Stride, p.Stride},
			Pad: [4]int{p.Pad, p.Pad, p.Pad, p.Pad}, Ceil: p.Ceil, ExcludePad: p.ExcludePad}}
	if p.Kind == KindAvgPool {
		return b.average(layer, d, kernel.Average{N: s.N, H: s.H, W: s.W, C: s.C,
			Rows: kernel.Spans(s.OH, s.H, p.Size, p.Stride, p.Pad, p.ExcludePad),
			Cols: kernel.Spans(s.OW, s.W, p.Size, p.Stride, p.Pad, p.ExcludePad)}, x)
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
