package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Linear is a fully connected layer: x [N I] times layer.weight [I out] plus
// layer.bias [out]. Of pictures [N H W I] it takes every pixel, as a 1x1
// convolution does.
func (b *Builder) Linear(layer string, x *gorgonia.Node, out int) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	shape := x.Shape().Clone()
	last := shape.Dims() - 1
	if last != 1 && last != 3 || out < 1 {
		return b.failf("%s: want an input [N C] or [N H W C] and at least 1 output, got %v and %d", layer, shape, out)
	}
	rows, in := shape.TotalSize()/shape[last], shape[last]
	shape[last] = out
	w := b.parameter(layer+".weight", IO, tensor.Shape{in, out}, linearWeights(in))
	bias := b.parameter(layer+".bias", Plain, tensor.Shape{out}, constant(0))

	// A matrix product is a convolution of pictures of one pixel.
	s := kernel.Conv{N: rows, H: 1, W: 1, C: in, K: out, R: 1, S: 1, Stride: 1, Groups: 1}.Resolve()
	o := &op{
		kind: "linear", layer: layer, out: shape, product: &s,
		multiplyAdds: int64(rows) * int64(in*out), works: &s,
		holds: func(c kernel.Conv) int { return max(c.ForwardWorkspace(), c.BackwardWorkspace()) },
		run: func(y []float32, in []operand) {
			s.Forward(y, in[0].f, in[1].f, nil)
			kernel.AddBias(y, in[2].f)
		},
	}
	o.diff = func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w, bias := in[0], in[1], in[2]
		grads := make(gorgonia.Nodes, 3)
		if o.wrt[1] {
			grads[1] = b.apply(&op{
				kind: "linear weight gradient", layer: layer, out: w.Shape().Clone(),
				run: func(dw []float32, in []operand) { s.BackwardWeights(dw, in[0].f, in[1].f) },
			}, x, dy)
		}
		if o.wrt[2] {
			grads[2] = b.apply(&op{
				kind: "linear bias gradient", layer: layer, out: bias.Shape().Clone(),
				run: func(db []float32, in []operand) { kernel.SumRows(db, in[0].f) },
			}, dy)
		}
		if o.wrt[0] {
			grads[0] = b.apply(&op{
				kind: "linear input gradient", layer: layer, out: x.Shape().Clone(),
				run: func(dx []float32, in []operand) { s.BackwardInput(dx, in[0].f, in[1].f) },
			}, dy, w)
		}
		return grads
	}
	return b.apply(o, x, w, bias)
}
