package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Linear is a fully connected layer: x [... I] times layer.weight [I out] plus
// layer.bias [out] gives [... out]. Of pictures [N H W I] it takes every pixel, as
// a 1x1 convolution does.
func (b *Builder) Linear(layer string, x *gorgonia.Node, out int) *gorgonia.Node {
	return b.linear(layer, layer+".weight", layer+".bias", x, out)
}

// linear is Linear with names of its own for the parameters.
func (b *Builder) linear(layer, weight, bias string, x *gorgonia.Node, out int) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	shape := x.Shape().Clone()
	last := shape.Dims() - 1
	if last < 1 || out < 1 {
		return b.failf("%s: want an input [N C] or [N H W C] and at least 1 output, got %v and %d", b.full(layer), shape, out)
	}
	rows, in := shape.TotalSize()/shape[last], shape[last]
	shape[last] = out
	w := b.parameter(weight, IO, tensor.Shape{in, out}, UniformFanIn, Fan{in, out})
	added := b.parameter(bias, Plain, tensor.Shape{out}, Constant(0), Fan{})

	// A matrix product is a convolution of pictures of one pixel.
	s := product{kernel.Choose(kernel.Conv{N: rows, H: 1, W: 1, C: in, K: out, R: 1, S: 1, Stride: 1, Groups: 1}.Resolve())}
	d := definition{
		kind: KindLinear, state: s, attributes: LinearAttributes{In: in, Out: out}, out: shape,
		multiplyAdds: int64(rows) * int64(in*out),
		workspace:    worksIn(s.Algorithm, func(w kernel.Workspaces) kernel.Workspace { return w.Forward }),
		run: func(y []float32, in []operand) {
			s.Forward(y, in[0].f, in[1].f, nil)
			kernel.AddBias(y, in[2].f)
		},
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, w, bias := in[0], in[1], in[2]
		grads := make(gorgonia.Nodes, 3)
		if o.wrt[1] {
			g := d.gradient(WeightGradient, w)
			g.workspace = worksIn(s.Algorithm, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardWeights })
			g.run = func(dw []float32, in []operand) { s.BackwardWeights(dw, in[0].f, in[1].f) }
			grads[1] = b.apply(layer, g, x, dy)
		}
		if o.wrt[2] {
			g := d.gradient(BiasGradient, bias)
			g.multiplyAdds = 0
			g.run = func(db []float32, in []operand) { kernel.SumRows(db, in[0].f) }
			grads[2] = b.apply(layer, g, dy)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, x)
			g.workspace = worksIn(s.Algorithm, func(w kernel.Workspaces) kernel.Workspace { return w.BackwardInput })
			g.run = func(dx []float32, in []operand) { s.BackwardInput(dx, in[0].f, in[1].f, nil) }
			grads[0] = b.apply(layer, g, dy, w)
		}
		return grads
	}
	return b.apply(layer, d, x, w, added)
}
