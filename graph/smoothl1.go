package graph

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Kinds of Builder.SmoothL1 and Builder.Huber.
const (
	KindSmoothL1 Kind = "smooth L1"
	KindHuber    Kind = "Huber"
)

// SmoothL1Attributes are those of KindSmoothL1 and KindHuber, whose delta is Beta.
type SmoothL1Attributes struct{ Beta float64 }

// SmoothL1 is the mean of d^2 / (2 beta) where the distance d of x and target is below
// beta, and of d - beta/2 elsewhere, a scalar (Girshick 2015, equation 3, where beta is
// 1); of d where beta is 0. Shapes, weights and gradients are SquaredError's.
func (b *Builder) SmoothL1(layer string, x, targets, weights *gorgonia.Node, beta float64) *gorgonia.Node {
	if b.Err() == nil && (!(beta >= 0) || math.IsInf(beta, 1)) {
		return b.failf("%s: want a beta of 0 or more, got %v", b.full(layer), beta)
	}
	return b.smoothL1(layer, KindSmoothL1, x, targets, weights, beta, 1)
}

// Huber is the mean of d^2 / 2 where the distance d of x and target is below delta, and
// of delta (d - delta/2) elsewhere (Huber 1964): delta times SmoothL1.
func (b *Builder) Huber(layer string, x, targets, weights *gorgonia.Node, delta float64) *gorgonia.Node {
	if b.Err() == nil && (!(delta > 0) || math.IsInf(delta, 1)) {
		return b.failf("%s: want a delta above 0, got %v", b.full(layer), delta)
	}
	return b.smoothL1(layer, KindHuber, x, targets, weights, delta, delta)
}

func (b *Builder) smoothL1(layer string, kind Kind, x, targets, weights *gorgonia.Node, beta, factor float64) *gorgonia.Node {
	return b.meanLoss(layer, meanLoss{
		kind: kind, attributes: SmoothL1Attributes{beta},
		forward: func(x, targets, weights []float32) float64 {
			return factor * kernel.SmoothL1(x, targets, weights, beta)
		},
		backward: func(dx, x, targets, weights []float32, scale float64) {
			kernel.SmoothL1Gradient(dx, x, targets, weights, beta, factor*scale)
		},
	}, x, targets, weights)
}
