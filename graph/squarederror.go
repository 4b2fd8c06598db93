package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// KindSquaredError is the kind of Builder.SquaredError.
const KindSquaredError Kind = "squared error"

// SquaredError is the mean of (x - target)^2, a scalar, of x and targets of one shape
// [N ...]. The weights say what the values count: [N], or more of x's dimensions; nil
// means 1 for each, and where all are 0 the loss is. What has a weight of 0 may be
// anything. Targets and weights get no gradient.
func (b *Builder) SquaredError(layer string, x, targets, weights *gorgonia.Node) *gorgonia.Node {
	return b.meanLoss(layer, meanLoss{
		kind: KindSquaredError, forward: kernel.SquaredError, backward: kernel.SquaredErrorGradient,
	}, x, targets, weights)
}
