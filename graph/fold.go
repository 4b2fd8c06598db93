package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// pair finds, in an inference graph, the convolution of every batch norm that alone
// reads it. In a Frozen graph there may be a bias between them, or a bias alone.
func (b *Builder) pair(keep []*gorgonia.Node) {
	for _, o := range b.ops {
		o.folds, o.foldedInto, o.pack = nil, nil, nil
	}
	if b.Training() || b.differentiated || b.options.Memory == SeparateMemory {
		return
	}
	readers := map[*gorgonia.Node]int{}
	for _, n := range b.graph.AllNodes() {
		for children := b.graph.From(n.ID()); children != nil && children.Next(); {
			readers[children.Node().(*gorgonia.Node)]++
		}
	}
	// before is the operation whose output o alone reads as its first input.
	before := func(o *op) *op {
		in, ok := o.inputs[0].Op().(*op)
		if !ok || readers[in.node] != 1 || slices.Contains(keep, in.node) {
			return nil
		}
		return in
	}
	for _, o := range b.ops {
		if o.norm == nil && (b.folds == nil || !o.isBias()) {
			continue
		}
		switch in := before(o); {
		case in == nil:
		case in.conv != nil && (b.folds == nil || in.fixed[1] != nil):
			in.foldedInto, o.folds = o, in
		case in.isBias() && in.folds != nil:
			in.folds.foldedInto, o.folds = o, in.folds
			in.foldedInto, in.folds = o, nil
		}
	}
	if b.folds != nil {
		b.packs()
	}
}

// isBias tells whether the operation adds a bias to its first input.
func (o *op) isBias() bool { return o.kind == biasKind }

// fold joins the pairs: the norm's operation runs the convolution with its scale in
// the weights, and adds shift and shortcut and applies ReLU as the result is stored.
func (b *Builder) fold() {
	for _, o := range b.ops {
		switch {
		case o.pack != nil:
			o.runPacked()
		case b.folds != nil && o.norm != nil && o.foldedInto == nil:
			o.norm.of = b.folds
		case o.folds != nil:
			b.foldInto(o, o.folds)
		}
		if b.folds != nil && o.foldedInto != nil {
			o.run = func([]float32, []operand) {}
		}
	}
}

// foldInto folds anew in every run.
func (b *Builder) foldInto(o, conv *op) {
	n, s := o.norm, *conv.conv
	var folded kernel.Folded
	conv.run = func([]float32, []operand) {}
	o.run = func(y []float32, in []operand) {
		n.prepare(nil, in[1].f, in[2].f)
		folded.Fold(s, conv.args[1].f, n.scale, n.shift)
		var shortcut []float32
		if len(in) == 4 {
			shortcut = in[3].f
		}
		folded.Forward(y, conv.args[0].f, shortcut, n.relu)
	}
}
