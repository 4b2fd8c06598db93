package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// pair finds, in an inference graph, the convolution of every batch norm that alone
// reads it.
func (b *Builder) pair(keep []*gorgonia.Node) {
	for _, o := range b.ops {
		o.folds, o.foldedInto = nil, nil
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
	for _, o := range b.ops {
		if o.norm == nil {
			continue
		}
		conv, ok := o.inputs[0].Op().(*op)
		if !ok || conv.conv == nil || readers[conv.node] != 1 || slices.Contains(keep, conv.node) {
			continue
		}
		conv.foldedInto, o.folds = o, conv
	}
}

// fold joins the pairs: the norm's operation runs the convolution with its scale in
// the weights, and adds shift and shortcut and applies ReLU as the result is stored.
func (b *Builder) fold() {
	for _, o := range b.ops {
		if o.folds != nil {
			b.foldInto(o, o.folds)
		}
	}
}

func (b *Builder) foldInto(o, conv *op) {
	n, s := o.norm, *conv.conv
	var folded kernel.Folded
	var folds *Folds
	if b.options.Frozen {
		folds = b.options.Folds
	}
	fresh := false
	conv.run = func([]float32, []operand) {}
	o.run = func(y []float32, in []operand) {
		if !fresh || !b.options.Frozen {
			folded = folds.fold(conv.layer, s, func() kernel.Folded {
				n.prepare(nil, in[1].f, in[2].f)
				folded.Fold(s, conv.args[1].f, n.scale, n.shift)
				return folded
			})
			fresh = true
		}
		var shortcut []float32
		if len(in) == 4 {
			shortcut = in[3].f
		}
		folded.Forward(y, conv.args[0].f, shortcut, n.relu)
	}
}
