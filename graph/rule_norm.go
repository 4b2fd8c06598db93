package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// foldNorms is the rule that a batch norm with running statistics, in a graph
// without gradients, is folded into the convolution that it alone reads: the
// norm's operation runs the convolution with its scale in the weights, and adds
// shift and shortcut and applies the activation as the result is stored.
func foldNorms(c *construction, keep []*gorgonia.Node) {
	if c.options.Training || c.gradients != nil || c.options.Memory == SeparateMemory {
		return
	}
	readers := map[*gorgonia.Node]int{}
	for _, n := range c.graph.AllNodes() {
		for _, child := range childrenOf(n) {
			readers[child]++
		}
	}
	for _, o := range c.ops {
		if o.norm() == nil {
			continue
		}
		conv := opOf(o.inputs[0])
		if conv.conv() == nil || readers[conv.node] != 1 || slices.Contains(keep, conv.node) {
			continue
		}
		c.foldNorm(o, conv)
	}
}

func (c *construction) foldNorm(o, conv *op) {
	conv.absorbedBy, o.absorbed = o, conv
	o.folded, o.workspaceNow = conv.conv().FoldWorkspace()
	n, s := o.norm(), *conv.conv()
	var weights *FoldedWeights
	if c.options.Constant {
		weights = c.options.Folded
	}
	var folded kernel.Folded
	fresh := false
	o.execute = func(y []float32, in []operand) {
		if !fresh || !c.options.Constant {
			folded = weights.fold(conv.layer, s, func() kernel.Folded {
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
		folded.Forward(y, conv.args[0].f, shortcut, n.activation.kernel())
	}
}
