package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The kinds of operations on tokens.
const (
	KindJoinToken Kind = "join token"
	KindTakeToken Kind = "take token"
	KindAddToEach Kind = "add to each"
	KindScale     Kind = "scale"
)

// TokenGradient is the role of JoinToken's gradient of the token.
const TokenGradient Role = "token gradient"

// JoinToken puts a token [1 1 C], a parameter as a rule, before the rows of each
// example of x [N ... C], pictures or tokens: [N 1+T C]. Those of a picture follow
// each other row by row.
func (b *Builder) JoinToken(layer string, x, token *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, token) {
		return nil
	}
	in := x.Shape()
	last := in.Dims() - 1
	if last < 2 || token.Shape().TotalSize() != in[last] {
		return b.failf("%s: want rows [N ... C] and a token of C values, got %v and %v", b.full(layer), in, token.Shape())
	}
	n, c := in[0], in[last]
	d := definition{
		kind: KindJoinToken, out: tensor.Shape{n, 1 + in.TotalSize()/(n*c), c},
		run: func(y []float32, in []operand) { kernel.JoinToken(y, in[1].f, in[0].f, n) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(TokenGradient, in[1])
			g.run = func(dtoken []float32, in []operand) { kernel.SumToken(dtoken, in[0].f, n) }
			grads[1] = b.apply(layer, g, dy)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, in[0])
			g.run = func(dx []float32, in []operand) { kernel.WithoutToken(dx, in[0].f, n) }
			grads[0] = b.apply(layer, g, dy)
		}
		return grads
	}
	return b.apply(layer, d, x, token)
}

// TakeToken is the token of that number of each example of x [N T C]: [N C].
func (b *Builder) TakeToken(layer string, x *gorgonia.Node, token int) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 3 || token < 0 || token >= in[1] {
		return b.failf("%s: want tokens [N T C] and a number below T, got %v and %d", b.full(layer), in, token)
	}
	n := in[0]
	d := definition{
		kind: KindTakeToken, out: tensor.Shape{n, in[2]},
		run: func(y []float32, in []operand) { kernel.TakeToken(y, in[0].f, n, token) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { kernel.TakeTokenGrad(dx, in[0].f, n, token) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}

// AddToEach adds the same, such as learnt positions [1 T C], to each example of x
// [N T C].
func (b *Builder) AddToEach(layer string, x, add *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, add) {
		return nil
	}
	in := x.Shape()
	if in.Dims() < 2 || in.TotalSize() != in[0]*add.Shape().TotalSize() || !in[1:].Eq(add.Shape()[1:]) {
		return b.failf("%s: want examples [N ...] and one to add [1 ...], got %v and %v", b.full(layer), in, add.Shape())
	}
	d := definition{
		kind: KindAddToEach, out: in.Clone(), inPlace: []int{0},
		run: func(y []float32, in []operand) { kernel.AddEach(y, in[0].f, in[1].f) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		grads := gorgonia.Nodes{dy, nil}
		if !o.wrt[0] {
			grads[0] = nil
		}
		if o.wrt[1] {
			g := d.gradient(WeightGradient, in[1])
			g.run = func(dadd []float32, in []operand) { kernel.SumEach(dadd, in[0].f) }
			grads[1] = b.apply(layer, g, dy)
		}
		return grads
	}
	return b.apply(layer, d, x, add)
}

// Scale multiplies each channel of x [... C] by its factor, of C in all: a layer
// scale, where they are a parameter (Touvron et al. 2021, "Going deeper with Image
// Transformers").
func (b *Builder) Scale(layer string, x, factors *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, factors) {
		return nil
	}
	in := x.Shape()
	if in.Dims() < 2 || factors.Shape().TotalSize() != in[in.Dims()-1] {
		return b.failf("%s: want an input [... C] and C factors, got %v and %v", b.full(layer), in, factors.Shape())
	}
	d := definition{
		kind: KindScale, out: in.Clone(), inPlace: []int{0},
		run: func(y []float32, in []operand) { kernel.ScaleEach(y, in[0].f, in[1].f) },
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, factors := in[0], in[1]
		grads := make(gorgonia.Nodes, 2)
		if o.wrt[1] {
			g := d.gradient(FactorGradient, factors)
			g.run = func(dfactors []float32, in []operand) { kernel.ScaleEachFactorGrad(dfactors, in[0].f, in[1].f) }
			grads[1] = b.apply(layer, g, dy, x)
		}
		if o.wrt[0] {
			g := d.gradient(InputGradient, x)
			g.inPlace = []int{0}
			g.run = func(dx []float32, in []operand) { kernel.ScaleEach(dx, in[0].f, in[1].f) }
			grads[0] = b.apply(layer, g, dy, factors)
		}
		return grads
	}
	return b.apply(layer, d, x, factors)
}
