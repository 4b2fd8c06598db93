package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// shape is the convolution of a picture, and whether its taps or its padding need more
// than a kernel.Conv. Its defaults are filled in.
func (c Conv) shape(in tensor.Shape) (s kernel.Spaced, apart bool) {
	pads := c.Pads
	if pads == [4]int{} {
		pads = [4]int{c.Pad, c.Pad, c.Pad, c.Pad}
	}
	s = kernel.Spaced{Pads: pads, Dilation: [2]int{c.Dilation, c.Dilation}, Conv: kernel.Conv{N: in[0], H: in[1], W: in[2], C: in[3],
		K: c.Out, R: c.Kernel, S: c.Width, Stride: c.Stride, Pad: pads[0], Groups: c.Groups}}.Resolve()
	return s, c.Dilation > 1 || pads != [4]int{pads[0], pads[0], pads[0], pads[0]}
}

// spacedAttributes are those of a convolution with dilation, or with padding that differs
// from side to side.
func spacedAttributes(s *kernel.Spaced) ConvAttributes {
	return ConvAttributes{In: s.C, Out: s.K, Kernel: [2]int{s.R, s.S}, Stride: [2]int{s.Stride, s.Stride},
		Pad: s.Pads, Dilation: s.Dilation, Groups: s.Groups, Output: [2]int{s.OH, s.OW}}
}

// spaced emits such a convolution and its way back.
func (b *Builder) spaced(layer string, s *kernel.Spaced, x, w *gorgonia.Node) *gorgonia.Node {
	work := func(at func(kernel.Conv) kernel.Conv) int {
		c := *s
		c.Conv = at(s.Conv)
		return c.Resolve().Workspace()
	}
	d := definition{
		kind: KindConv, out: tensor.Shape{s.N, s.OH, s.OW, s.K}, workspace: work, attributes: spacedAttributes(s),
		multiplyAdds: int64(s.N*s.OH*s.OW*s.K) * int64(s.R*s.S*s.C/s.Groups),
		run:          func(y []float32, in []operand) { s.Forward(y, in[0].f, in[1].f) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(WeightGradient, w)
			g.workspace = work
			g.run = func(dw []float32, in []operand) { s.BackwardWeights(dw, in[0].f, in[1].f) }
			grads[1] = b.apply(layer, g, x, dy)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, x)
			g.workspace = work
			g.run = func(dx []float32, in []operand) { s.BackwardInput(dx, in[0].f, in[1].f) }
			grads[0] = b.apply(layer, g, dy, w)
		}
		return grads
	}
	return b.apply(layer, d, x, w)
}
