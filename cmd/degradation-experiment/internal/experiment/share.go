package experiment

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// share tells how much of the gradient at the input of a unit comes through its
// shortcut. For y = relu(F(x) + x) and the loss L, with s = dL/d(F(x) + x), the
// gradient that goes on to the layers below is
//
//	dL/dx = s + (dF/dx)ᵀ s
//
// and the shortcut's share is the length of the first term along the whole:
// <s, dL/dx> / <dL/dx, dL/dx>. The residual branch has the rest, 1 - share; where
// the two point against each other a share is above 1 or below 0.
type share struct {
	unit            string
	shortcut, total *gorgonia.Node // s and dL/dx, [N H W C]
}

// findShares finds the units of which the design wants it.
func (p *probe) findShares(b *graph.Builder, n Network) {
	shares := n.design().Shares
	if b.Err() != nil || shares == nil {
		return
	}
	operations := b.Operations()
	find := func(layer string, kind graph.Kind, role graph.Role) *gorgonia.Node {
		for _, o := range operations {
			if o.Layer == layer && o.Kind == kind && o.Role == role {
				return o.Node
			}
		}
		b.Fail(errors.Errorf("experiment: %s: the graph has no %s %s", layer, kind, role))
		return nil
	}
	for _, unit := range shares(n) {
		// The addition's gradient is that behind the last ReLU, and the first
		// convolution's input gradient adds it to its own.
		p.shares = append(p.shares, share{unit, find(unit+".bn2", graph.ReLU.Kind(), graph.Gradient), find(unit+".conv1", graph.KindConv, graph.InputGradient)})
	}
}

// value is the share after a run.
func (s share) value() float64 {
	shortcut, total := graph.Floats(s.shortcut), graph.Floats(s.total)
	return dot(shortcut, total) / dot(total, total)
}
