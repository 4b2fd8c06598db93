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
		kind: "relu", layer: layer, out: x.Shape().Clone(),
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
		kind: "relu gradient", layer: layer, out: y.Shape().Clone(),
		run: func(dx []float32, in []operand) { kernel.ReLUGrad(dx, in[0].f, in[1].f) },
	}, dy, y)
}

// Add is x + y, of one shape.
func (b *Builder) Add(layer string, x, y *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, y) {
		return nil
	}
	if !x.Shape().Eq(y.Shape()) {
		return b.failf("%s: only equal shapes can be added, got %v and %v", layer, x.Shape(), y.Shape())
	}
	return b.apply(&op{
		kind: "add", layer: layer, out: x.Shape().Clone(),
		run: func(z []float32, in []operand) { kernel.Add(z, in[0].f, in[1].f) },
		diff: func(_ gorgonia.Nodes, _, dz *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{dz, dz}
		},
	}, x, y)
}
