package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// foldNorms is the rule that a batch norm with running statistics, in a graph
// without gradients, is folded into the convolution that it alone reads: the
// norm's operation runs the convolution with its scale in the weights, and adds
// shift and shortcut and applies the activation as the result is stored. With packed
// weights a bias is folded too, alone or between the two.
func foldNorms(c *construction, keep []*gorgonia.Node) {
	if c.options.Training || c.gradients != nil || c.options.Memory == SeparateMemory {
		return
	}
	readers := c.readers()
	packed := c.options.Packed != nil
	for _, o := range c.ops {
		if o.norm() == nil && (!packed || o.kind != KindBias) {
			continue
		}
		before := opOf(o.inputs[0])
		if before == nil || readers[before.node] != 1 || slices.Contains(keep, before.node) {
			continue
		}
		switch head := before.absorbed; {
		case before.conv() != nil && (!packed || before.fixed[1] != nil):
			before.absorbedBy, o.absorbed = o, before
			if !packed {
				o.foldEachRun(before)
			}
		case before.kind == KindBias && head != nil:
			head.absorbedBy, before.absorbedBy = o, o
			o.absorbed, before.absorbed = head, nil
		}
	}
}

// foldEachRun makes a norm run the convolution with weights that are folded anew in
// every run.
func (o *op) foldEachRun(conv *op) {
	o.folds = conv.conv()
	n := o.norm()
	var folded *kernel.Folded
	o.execute = func(y []float32, in []operand) {
		n.prepare(nil, in[1].f, in[2].f)
		if w := conv.args[1].f; folded == nil {
			folded = o.folds.Fold(w, n.scale, n.shift)
		} else {
			folded.Fold(w, n.scale, n.shift)
		}
		var shortcut []float32
		if len(in) == 4 {
			shortcut = in[3].f
		}
		folded.Forward(y, conv.args[0].f, shortcut, n.activation.kernel())
	}
}
