package graph

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Conv says what a convolution is like. The zero value of a field is its usual
// value, where there is one.
type Conv struct {
	Out    int // output channels
	Kernel int // height and width
	Stride int // 0 means 1
	Pad    int // zeros on each side
	Groups int // 0 means 1
	Bias   bool
	// Flat says that PyTorch knows the layer as a linear one on the flattened
	// picture, as at the end of a VGG: its weights are [Out C*Kernel*Kernel] there.
	Flat bool
}

// Conv is a convolution: x [N H W C] and the parameter layer.weight
// [Kernel Kernel C/Groups Out], and layer.bias [Out] if there is one, give
// [N OH OW Out] with OH = floor((H + 2 Pad - Kernel)/Stride) + 1.
func (b *Builder) Conv(layer string, x *gorgonia.Node, c Conv) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	c.Stride, c.Groups = max(c.Stride, 1), max(c.Groups, 1)
	in := x.Shape()
	if in.Dims() != 4 {
		return b.failf("%s: want an input [N H W C], got %v", layer, in)
	}
	switch {
	case c.Out < 1 || c.Kernel < 1 || c.Pad < 0:
		return b.failf("%s: want at least 1 output channel, a kernel of at least 1 and no negative padding, got %+v", layer, c)
	case in[3]%c.Groups != 0 || c.Out%c.Groups != 0:
		return b.failf("%s: %d input and %d output channels do not divide into %d groups", layer, in[3], c.Out, c.Groups)
	}
	s := kernel.Conv{N: in[0], H: in[1], W: in[2], C: in[3], K: c.Out, R: c.Kernel, S: c.Kernel,
		Stride: c.Stride, Pad: c.Pad, Groups: c.Groups}.Resolve()
	if s.OH < 1 || s.OW < 1 {
		return b.failf("%s: a kernel of %d with padding %d does not fit into an input of %dx%d", layer, c.Kernel, c.Pad, in[1], in[2])
	}
	shape := tensor.Shape{s.R, s.S, s.C / s.Groups, s.K}
	layout := HWIO
	if c.Flat {
		layout = HWIOFlat
	}
	w := b.parameter(layer+".weight", layout, shape, b.options.Init.weights(s.R*s.S*s.C/s.Groups, s.R*s.S*s.K))
	y := b.conv(layer, s, x, w)
	if c.Bias {
		y = b.addBias(layer, y, b.parameter(layer+".bias", Plain, tensor.Shape{c.Out}, constant(0)))
	}
	return y
}

// biasKind is the kind of an operation that adds a bias.
const biasKind = "bias"

// addBias adds bias [C] to every pixel of x, whose last dimension is C.
func (b *Builder) addBias(layer string, x, bias *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, bias) {
		return nil
	}
	o := &op{
		kind: biasKind, layer: layer, out: x.Shape().Clone(), overwrites: []int{0},
		run: func(y []float32, in []operand) {
			copy(y, in[0].f)
			kernel.AddBias(y, in[1].f)
		},
	}
	o.diff = func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		grads := gorgonia.Nodes{dy, nil}
		if o.wrt[1] {
			grads[1] = b.apply(&op{
				kind: "bias gradient", layer: layer, out: in[1].Shape().Clone(),
				run: func(db []float32, in []operand) { kernel.SumRows(db, in[0].f) },
			}, dy)
		}
		return grads
	}
	return b.apply(o, x, bias)
}

func (b *Builder) conv(layer string, s kernel.Conv, x, w *gorgonia.Node) *gorgonia.Node {
	detail := fmt.Sprintf("%dx%d, %d to %d, stride %d, to %dx%d", s.R, s.S, s.C, s.K, s.Stride, s.OH, s.OW)
	if s.Groups > 1 {
		detail += fmt.Sprintf(", %d groups", s.Groups)
	}
	work := int64(s.N*s.OH*s.OW*s.K) * int64(s.R*s.S*s.C/s.Groups)
	o := &op{
		kind: "conv", layer: layer, out: tensor.Shape{s.N, s.OH, s.OW, s.K}, conv: &s, multiplyAdds: work, detail: detail,
		works: &s, holds: kernel.Conv.ForwardWorkspace,
	}
	o.run = func(y []float32, in []operand) {
		if o.measures == nil {
			s.Forward(y, in[0].f, in[1].f, nil)
			return
		}
		s.Forward(y, in[0].f, in[1].f, o.measures.moments)
		o.measures.measured = true
	}
	o.diff = func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			grads[1] = b.apply(&op{
				kind: "conv weight gradient", layer: layer, out: w.Shape().Clone(), multiplyAdds: work, detail: detail,
				works: &s, holds: kernel.Conv.BackwardWorkspace,
				run: func(dw []float32, in []operand) { s.BackwardWeights(dw, in[0].f, in[1].f) },
			}, x, dy)
		}
		switch {
		case o.wrt[0] && o.joined != nil && o.joined.branch != nil:
			grads[0] = b.apply(&op{
				kind: "conv input gradient", layer: layer, out: x.Shape().Clone(), multiplyAdds: work, detail: detail,
				run: func(dx []float32, in []operand) { s.BackwardInputAdd(dx, in[0].f, in[1].f, in[2].f) },
			}, dy, w, o.joined.branch)
		case o.wrt[0]:
			grads[0] = b.apply(&op{
				kind: "conv input gradient", layer: layer, out: x.Shape().Clone(), multiplyAdds: work, detail: detail,
				run: func(dx []float32, in []operand) { s.BackwardInput(dx, in[0].f, in[1].f) },
			}, dy, w)
		}
		return grads
	}
	return b.apply(o, x, w)
}
