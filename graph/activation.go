package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// ReLU is max(x, 0), of any shape; its gradient at 0 is 0.
func (b *Builder) ReLU(layer string, x *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	return b.apply(&op{
		kind: "relu", layer: layer, out: x.Shape().Clone(), overwrites: []int{0},
		run: func(y []float32, in []operand) { kernel.ReLU(y, in[0].f) },
		diff: func(_ gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.reluGrad(layer, y, dy)}
		},
	}, x)
}

func (b *Builder) reluGrad(layer string, y, dy *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, y, dy) {
		return nil
	}
	return b.apply(&op{
		kind: "relu gradient", layer: layer, out: y.Shape().Clone(), overwrites: []int{0, 1},
		run: func(dx []float32, in []operand) { kernel.ReLUGrad(dx, in[0].f, in[1].f) },
	}, dy, y)
}

// Sigmoid is 1/(1 + exp(-x)), of any shape.
func (b *Builder) Sigmoid(layer string, x *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	return b.apply(&op{
		kind: "sigmoid", layer: layer, out: x.Shape().Clone(), overwrites: []int{0},
		run: func(y []float32, in []operand) { kernel.Sigmoid(y, in[0].f) },
		diff: func(_ gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "sigmoid gradient", layer: layer, out: y.Shape().Clone(),
				run: func(dx []float32, in []operand) { kernel.SigmoidGrad(dx, in[0].f, in[1].f) },
			}, dy, y)}
		},
	}, x)
}

// Add is x + y, of one shape.
func (b *Builder) Add(layer string, x, y *gorgonia.Node) *gorgonia.Node {
	if !b.sameShape(layer, x, y) {
		return nil
	}
	return b.apply(&op{
		kind: "add", layer: layer, out: x.Shape().Clone(), overwrites: []int{0, 1},
		run: func(z []float32, in []operand) { kernel.Add(z, in[0].f, in[1].f) },
		diff: func(_ gorgonia.Nodes, _, dz *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{dz, dz}
		},
	}, x, y)
}

// AddReLU is ReLU(x + y) in one pass, of one shape.
func (b *Builder) AddReLU(layer string, x, y *gorgonia.Node) *gorgonia.Node {
	if !b.sameShape(layer, x, y) {
		return nil
	}
	return b.apply(&op{
		kind: "add relu", layer: layer, out: x.Shape().Clone(), overwrites: []int{0, 1},
		run: func(z []float32, in []operand) { kernel.AddReLU(z, in[0].f, in[1].f) },
		diff: func(_ gorgonia.Nodes, z, dz *gorgonia.Node) gorgonia.Nodes {
			d := b.reluGrad(layer, z, dz)
			return gorgonia.Nodes{d, d}
		},
	}, x, y)
}

func (b *Builder) sameShape(layer string, x, y *gorgonia.Node) bool {
	if !b.ready(layer, x, y) {
		return false
	}
	if !x.Shape().Eq(y.Shape()) {
		b.failf("%s: only equal shapes can be added, got %v and %v", layer, x.Shape(), y.Shape())
		return false
	}
	return true
}

// ScaleChannels multiplies each channel of each picture of x [N H W C] by its
// factor in s [N C], as squeeze and excitation does.
func (b *Builder) ScaleChannels(layer string, x, s *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, s) {
		return nil
	}
	in, factors := x.Shape(), s.Shape()
	if in.Dims() != 4 || factors.Dims() != 2 || factors[0] != in[0] || factors[1] != in[3] {
		return b.failf("%s: want an input [N H W C] and factors [N C], got %v and %v", layer, in, factors)
	}
	c := in[3]
	o := &op{
		kind: "scale channels", layer: layer, out: in.Clone(),
		run: func(y []float32, in []operand) { kernel.ScaleChannels(y, in[0].f, in[1].f, c) },
	}
	o.diff = func(in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, s := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			grads[1] = b.apply(&op{
				kind: "scale channels factor gradient", layer: layer, out: s.Shape().Clone(),
				run: func(ds []float32, in []operand) { kernel.ScaleChannelsFactorGrad(ds, in[0].f, in[1].f, c) },
			}, dy, x)
		}
		if o.wrt[0] {
			grads[0] = b.apply(&op{
				kind: "scale channels input gradient", layer: layer, out: x.Shape().Clone(),
				run: func(dx []float32, in []operand) { kernel.ScaleChannels(dx, in[0].f, in[1].f, c) },
			}, dy, s)
		}
		return grads
	}
	return b.apply(o, x, s)
}
