package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ConvTranspose says what a transposed convolution is like. The zero value of a field
// is its usual value, where there is one.
type ConvTranspose struct {
	Out       int // output channels
	Kernel    int // height and width
	Stride    int // 0 means 1
	Pad       int // of the convolution that it is the way back of
	OutputPad int // rows below and columns to the right that the output has besides, fewer than Stride
	Groups    int // 0 means 1
	Bias      bool
	Init      Initializer // of the weights; nil means the Builder's
}

// ConvTranspose is the way back of a convolution, which makes pictures larger:
// x [N H W C] and the parameter layer.weight [Kernel Kernel Out/Groups C], and
// layer.bias [Out] if there is one, give [N OH OW Out] with
// OH = (H-1) Stride - 2 Pad + Kernel + OutputPad (Dumoulin and Visin 2016, section 4).
func (b *Builder) ConvTranspose(layer string, x *gorgonia.Node, c ConvTranspose) *gorgonia.Node {
	if !b.ready(layer, x) || !b.positive(layer, c.Stride, c.Groups) {
		return nil
	}
	c.Stride, c.Groups = max(c.Stride, 1), max(c.Groups, 1)
	in := x.Shape()
	switch {
	case in.Dims() != 4:
		return b.failf("%s: want an input [N H W C], got %v", b.full(layer), in)
	case c.Out < 1 || c.Kernel < 1 || c.Pad < 0 || c.OutputPad < 0 || c.OutputPad >= c.Stride:
		return b.failf("%s: want at least 1 output channel, a kernel of at least 1, no negative padding and less output padding than stride, got Out:%d Kernel:%d Stride:%d Pad:%d OutputPad:%d",
			b.full(layer), c.Out, c.Kernel, c.Stride, c.Pad, c.OutputPad)
	case in[3]%c.Groups != 0 || c.Out%c.Groups != 0:
		return b.failf("%s: %d input and %d output channels do not divide into %d groups", b.full(layer), in[3], c.Out, c.Groups)
	}
	size := func(n int) int { return (n-1)*c.Stride - 2*c.Pad + c.Kernel + c.OutputPad }
	s := kernel.Conv{N: in[0], H: size(in[1]), W: size(in[2]), C: c.Out, K: in[3], R: c.Kernel, S: c.Kernel,
		Stride: c.Stride, Pads: kernel.Sides(c.Pad), Groups: c.Groups}
	if s.H < 1 || s.W < 1 {
		return b.failf("%s: with padding %d nothing is left of an input of %dx%d", b.full(layer), c.Pad, in[1], in[2])
	}
	s = s.Resolve()
	init := c.Init
	if init == nil {
		init = b.options.Init
	}
	if init == nil {
		init = HeFanIn
	}
	w := b.parameter(layer+".weight", HWIO, tensor.Shape{s.R, s.S, s.C / s.Groups, s.K}, init, Fan{s.R * s.S * s.K / s.Groups, s.R * s.S * s.C})
	y := b.convTranspose(layer, kernel.Choose(s), x, w)
	if c.Bias {
		y = b.addBias(layer, y, b.parameter(layer+".bias", Plain, tensor.Shape{c.Out}, Constant(0), Fan{}))
	}
	return y
}

// convTranspose emits the input gradient of a convolution, and its way back: the
// convolution.
func (b *Builder) convTranspose(layer string, a *kernel.Algorithm, x, w *gorgonia.Node) *gorgonia.Node {
	s := a.Conv
	d := definition{
		kind: KindConvTranspose, out: tensor.Shape{s.N, s.H, s.W, s.C},
		workspace: worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardInput }),
		attributes: ConvAttributes{In: s.K, Out: s.C, Kernel: [2]int{s.R, s.S}, Stride: [2]int{s.Stride, s.Stride},
			Pad: s.Pads, Dilation: [2]int{1, 1}, Groups: s.Groups, Output: [2]int{s.H, s.W}},
		multiplyAdds: int64(s.N*s.OH*s.OW*s.K) * int64(s.R*s.S*s.C/s.Groups),
		run:          func(y []float32, in []operand) { a.BackwardInput(y, in[0].f, in[1].f, nil) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(WeightGradient, w)
			g.workspace = worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardWeights })
			g.run = func(dw []float32, in []operand) { a.BackwardWeights(dw, in[0].f, in[1].f) }
			grads[1] = b.apply(layer, g, dy, x)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, x)
			g.workspace = worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.Forward })
			g.run = func(dx []float32, in []operand) { a.Forward(dx, in[0].f, in[1].f, nil) }
			grads[0] = b.apply(layer, g, dy, w)
		}
		return grads
	}
	return b.apply(layer, d, x, w)
}
