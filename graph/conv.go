package graph

import (
	"slices"

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
	Init   Initializer // of the weights; nil means the Builder's

	Width    int    // of the kernel, where it is not Kernel
	Pads     [4]int // zeros at the top, left, bottom and right, where Pad does not say it
	Dilation int    // how many pixels taps lie apart; 0 means 1
	// Flat says that PyTorch knows the layer as a linear one on the flattened
	// picture, as at the end of a VGG: its weights are [Out C*Kernel*Kernel] there.
	Flat bool
}

// Conv is a convolution: x [N H W C] and the parameter layer.weight
// [Kernel Width C/Groups Out], and layer.bias [Out] if there is one, give
// [N OH OW Out] with OH = floor((H + 2 Pad - Dilation (Kernel-1) - 1)/Stride) + 1. A
// kernel of 1x1 takes x [N C] too, pictures of one pixel, and makes [N Out] of it.
func (b *Builder) Conv(layer string, x *gorgonia.Node, c Conv) *gorgonia.Node {
	if !b.ready(layer, x) || !b.positive(layer, c.Stride, c.Groups) {
		return nil
	}
	c.Stride, c.Groups, c.Dilation = max(c.Stride, 1), max(c.Groups, 1), max(c.Dilation, 1)
	if c.Width == 0 {
		c.Width = c.Kernel
	}
	in := x.Shape()
	pixel := in.Dims() == 2 && c.Kernel == 1 && c.Width == 1 && c.Pad == 0 && c.Pads == [4]int{}
	if pixel {
		in = tensor.Shape{in[0], 1, 1, in[1]}
	}
	switch {
	case in.Dims() != 4:
		return b.failf("%s: want an input [N H W C], or [N C] for a kernel of 1x1, got %v", b.full(layer), in)
	case c.Out < 1 || c.Kernel < 1 || c.Width < 1 || c.Pad < 0 || slices.Min(c.Pads[:]) < 0:
		return b.failf("%s: want at least 1 output channel, a kernel of at least 1 and no negative padding, got Out:%d Kernel:%d Width:%d Pad:%d Pads:%v",
			b.full(layer), c.Out, c.Kernel, c.Width, c.Pad, c.Pads)
	case c.Pad > 0 && c.Pads != [4]int{}:
		return b.failf("%s: want padding by Pad or by Pads, got %d and %v", b.full(layer), c.Pad, c.Pads)
	case in[3]%c.Groups != 0 || c.Out%c.Groups != 0:
		return b.failf("%s: %d input and %d output channels do not divide into %d groups", b.full(layer), in[3], c.Out, c.Groups)
	}
	if c.Pads == [4]int{} {
		c.Pads = kernel.Sides(c.Pad)
	}
	s := kernel.Conv{N: in[0], H: in[1], W: in[2], C: in[3], K: c.Out, R: c.Kernel, S: c.Width,
		Stride: c.Stride, Dilation: c.Dilation, Pads: c.Pads, Groups: c.Groups}.Resolve()
	if s.OH < 1 || s.OW < 1 {
		return b.failf("%s: a kernel of %dx%d with padding %v and dilation %d does not fit into an input of %dx%d",
			b.full(layer), c.Kernel, c.Width, c.Pads, c.Dilation, in[1], in[2])
	}
	shape := tensor.Shape{s.N, s.OH, s.OW, s.K}
	if pixel {
		shape = tensor.Shape{s.N, s.K}
	}
	layout, init := HWIO, c.Init
	if c.Flat {
		layout = HWIOFlat
	}
	if init == nil {
		init = b.options.Init
	}
	if init == nil {
		init = HeFanIn
	}
	w := b.parameter(layer+".weight", layout, tensor.Shape{s.R, s.S, s.C / s.Groups, s.K}, init, Fan{s.R * s.S * s.C / s.Groups, s.R * s.S * s.K})
	y := b.conv(layer, s, shape, c.Flat, x, w)
	if c.Bias {
		y = b.addBias(layer, y, b.parameter(layer+".bias", Plain, tensor.Shape{c.Out}, Constant(0), Fan{}))
	}
	return y
}

// positive tells whether a stride and groups are none, which stands for 1, or some.
func (b *Builder) positive(layer string, stride, groups int) bool {
	if stride < 0 || groups < 0 {
		b.failf("%s: stride and groups cannot be negative, got %d and %d", b.full(layer), stride, groups)
	}
	return b.Err() == nil
}

// conv emits the convolution and its way back. A flat one of a single place is computed as
// the matrix product that it is in PyTorch.
func (b *Builder) conv(layer string, s kernel.Conv, shape tensor.Shape, flat bool, x, w *gorgonia.Node) *gorgonia.Node {
	a := kernel.Choose(s)
	if flat && s.Whole() {
		a = kernel.Choose(kernel.Conv{N: s.N, H: 1, W: 1, C: s.H * s.W * s.C, K: s.K, R: 1, S: 1, Stride: 1, Groups: 1}.Resolve())
	}
	d := definition{
		kind: KindConv, out: shape, state: a,
		workspace: worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.Forward }),
		attributes: ConvAttributes{In: s.C, Out: s.K, Kernel: [2]int{s.R, s.S}, Stride: [2]int{s.Stride, s.Stride},
			Pad: s.Pads, Dilation: [2]int{s.Dilation, s.Dilation}, Groups: s.Groups, Output: [2]int{s.OH, s.OW}, Flat: flat},
		multiplyAdds: int64(s.N*s.OH*s.OW*s.K) * int64(s.R*s.S*s.C/s.Groups),
		run:          func(y []float32, in []operand) { a.Forward(y, in[0].f, in[1].f, nil) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(WeightGradient, w)
			g.workspace = worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardWeights })
			g.run = func(dw []float32, in []operand) { a.BackwardWeights(dw, in[0].f, in[1].f) }
			grads[1] = b.apply(layer, g, b.kept(x, dy), dy)
		}
		if !o.wrt[0] {
			return grads
		}
		g := d.gradient(InputGradient, x)
		g.workspace = worksIn(a, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardInput })
		if shortcut := b.shortcuts.starts[o]; shortcut != nil && shortcut.gradient != nil {
			g.run = func(dx []float32, in []operand) { a.BackwardInput(dx, in[0].f, in[1].f, in[2].f) }
			grads[0] = b.apply(layer, g, dy, w, shortcut.gradient)
		} else {
			g.run = func(dx []float32, in []operand) { a.BackwardInput(dx, in[0].f, in[1].f, nil) }
			grads[0] = b.apply(layer, g, dy, w)
		}
		return grads
	}
	return b.apply(layer, d, x, w)
}

// worksIn is what one of the things that an algorithm can do works in.
func worksIn(a *kernel.Algorithm, of func(kernel.Workspaces) kernel.Workspace) workspace {
	return func(at func(kernel.Conv) kernel.Conv) kernel.Workspace {
		return of(kernel.Choose(at(a.Conv)).Workspace())
	}
}

// gradient begins the definition of an operation on the way back, which computes
// the gradient of one of the inputs with as much work.
func (d definition) gradient(role Role, of *gorgonia.Node) definition {
	return definition{kind: d.kind, role: role, attributes: d.attributes, out: of.Shape().Clone(), multiplyAdds: d.multiplyAdds}
}

// addBias adds bias [C] to every pixel of x, whose last dimension is C.
func (b *Builder) addBias(layer string, x, bias *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, bias) {
		return nil
	}
	return b.apply(layer, definition{
		kind: KindBias, out: x.Shape().Clone(), inPlace: []int{0},
		run: func(y []float32, in []operand) {
			copy(y, in[0].f)
			kernel.AddBias(y, in[1].f)
		},
		diff: func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			grads := gorgonia.Nodes{dy, nil}
			if o.wrt[1] {
				grads[1] = b.apply(layer, definition{
					kind: KindBias, role: Gradient, out: in[1].Shape().Clone(),
					run: func(db []float32, in []operand) { kernel.SumRows(db, in[0].f) },
				}, dy)
			}
			return grads
		},
	}, x, bias)
}
