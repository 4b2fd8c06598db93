package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Dropout sets each value of x to zero with probability p in training, and divides
// the others by 1-p (Srivastava et al. 2014). In inference, or with p 0, it is x.
//
// What is dropped depends on Options.Seed, on the step (Machine.SetStep) and on the
// layer's name: a run that is resumed drops the same, with any number of processors.
func (b *Builder) Dropout(layer string, x *gorgonia.Node, p float64) *gorgonia.Node {
	return b.drop(layer, KindDropout, x, p)
}

// StochasticDepth drops the whole of each example of x [N ...] with probability p
// in training, and divides the others by 1-p: what is put on a residual branch
// before the addition (Huang et al. 2016). As for Dropout, seed, step and layer
// decide.
func (b *Builder) StochasticDepth(layer string, x *gorgonia.Node, p float64) *gorgonia.Node {
	return b.drop(layer, KindStochasticDepth, x, p)
}

func (b *Builder) drop(layer string, kind Kind, x *gorgonia.Node, p float64) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	if !(p >= 0 && p < 1) {
		return b.failf("%s: the probability of dropping is from 0 to below 1, got %v", b.full(layer), p)
	}
	if p == 0 || !b.Training() {
		return x
	}
	size := 1
	if kind == KindStochasticDepth {
		size = x.Shape().TotalSize() / x.Shape()[0]
	}
	seed, name, step := b.options.Seed, b.full(layer), b.step
	drop := func(y []float32, in []operand) {
		kernel.Dropout(y, in[0].f, p, size, kernel.NewKey(seed, *step, name))
	}
	d := definition{kind: kind, attributes: DropAttributes{p}, out: x.Shape().Clone(), inPlace: []int{0}, run: drop}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.inPlace, g.run = []int{0}, drop // draws the same again, so that nothing is kept
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}
