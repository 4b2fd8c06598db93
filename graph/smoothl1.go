package graph

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// KindSmoothL1 is the kind of Builder.SmoothL1.
const KindSmoothL1 Kind = "smooth L1"

// SmoothL1Attributes are those of KindSmoothL1.
type SmoothL1Attributes struct{ Beta float64 }

// SmoothL1 is the mean of d^2 / (2 beta) where the distance d of x and target is below
// beta, and of d - beta/2 elsewhere, a scalar (Girshick 2015, equation 3, where beta is
// 1); of d where beta is 0. Huber's loss (1964) of the same delta is beta times it.
// Shapes, weights and gradients are SquaredError's.
func (b *Builder) SmoothL1(layer string, x, targets, weights *gorgonia.Node, beta float64) *gorgonia.Node {
	if b.err == nil && (!(beta >= 0) || math.IsInf(beta, 1)) {
		return b.failf("%s: want a beta of 0 or more, got %v", b.full(layer), beta)
	}
	return b.meanLoss(layer, meanLoss{
		kind: KindSmoothL1, attributes: SmoothL1Attributes{beta},
		forward: func(x, targets, weights []float32) float64 { return kernel.SmoothL1(x, targets, weights, beta) },
		backward: func(dx, x, targets, weights []float32, scale float64) {
			kernel.SmoothL1Gradient(dx, x, targets, weights, beta, scale)
		},
	}, x, targets, weights)
}
