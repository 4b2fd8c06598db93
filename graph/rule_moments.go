package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// takeMoments is the rule that a convolution takes the mean and variance of its
// output's channels as it stores them, for the batch norm that reads it in
// training.
func takeMoments(c *construction, _ []*gorgonia.Node) {
	measured := map[*op]bool{}
	for _, o := range c.ops {
		if o.norm() == nil || !o.norm().batch {
			continue
		}
		conv := opOf(o.inputs[0])
		if conv.conv() == nil || measured[conv] {
			continue
		}
		measured[conv] = true
		n, s := o.norm(), conv.conv()
		conv.execute = func(y []float32, in []operand) {
			s.Forward(y, in[0].f, in[1].f, n.moments)
			n.measured = true
		}
		conv.workspace = worksIn(s, func(w kernel.Workspaces) kernel.Workspace {
			w.Forward.Sums = w.Moments
			return w.Forward
		})
	}
}
