package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// takePrologues is the rule that a 1x1 convolution with packed weights makes its input on
// the way, task by task, where that is a batch norm folded into nothing, or the channels
// of pictures scaled as squeeze and excitation does, and nobody else reads it.
func takePrologues(c *construction, keep []*gorgonia.Node) {
	if c.options.Packed == nil || c.options.Memory == SeparateMemory {
		return
	}
	readers := c.readers()
	for _, o := range c.ops {
		head := o.absorbed
		if head == nil {
			head = o
		}
		if o.absorbedBy != nil || head.conv() == nil || head.fixed[1] == nil || !head.conv().Prologues() {
			continue
		}
		before := opOf(head.inputs[0])
		if before == nil || before.absorbedBy != nil || before.absorbed != nil || opOf(before.inputs[0]) == nil || readers[before.node] != 1 || slices.Contains(keep, before.node) {
			continue
		}
		if before.kind == KindScaleChannels || before.norm() != nil && len(before.inputs) == 3 {
			before.absorbedBy, o.start = o, before
		}
	}
}

// prologue is what an operation does as one.
func (o *op) prologue() (p kernel.Prologue, x []float32) {
	x = o.args[0].f
	n := o.norm()
	if n == nil {
		c := o.out[len(o.out)-1]
		return kernel.Prologue{Scale: o.args[1].f, Step: c}, x
	}
	return kernel.Prologue{Scale: n.scale, Shift: n.shift, Activation: n.activation.kernel(), Step: n.rowsOf(x).Step}, x
}
