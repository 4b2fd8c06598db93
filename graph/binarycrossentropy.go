package graph

import (
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// KindBinaryCrossEntropy is the kind of Builder.BinaryCrossEntropy.
const KindBinaryCrossEntropy Kind = "binary cross entropy"

// BinaryCrossEntropyAttributes are those of KindBinaryCrossEntropy.
type BinaryCrossEntropyAttributes struct{ Positives []float32 }

// BinaryCrossEntropy is the mean of -t log(p) - (1 - t) log(1 - p), a scalar, where p
// is the sigmoid of a logit and t its target, from 0 to 1: the loss of classes that do
// not exclude each other. Positives, of which there are as many as values in the last
// dimension, are what the first term of each class counts; nil means 1. Shapes, weights
// and gradients are SquaredError's. A target beyond 0 to 1 is an error of the run.
func (b *Builder) BinaryCrossEntropy(layer string, logits, targets, weights *gorgonia.Node, positives []float32) *gorgonia.Node {
	if !b.ready(layer, logits) {
		return nil
	}
	if in := logits.Shape(); positives != nil && (in.Dims() == 0 || len(positives) != in[len(in)-1]) {
		return b.failf("%s: want a weight of positives for each of the classes of %v, got %d", b.full(layer), in, len(positives))
	}
	for _, p := range positives {
		if !(p >= 0) || math.IsInf(float64(p), 1) {
			return b.failf("%s: want weights of positives of 0 or more, got %v", b.full(layer), p)
		}
	}
	positives = slices.Clone(positives)
	return b.meanLoss(layer, meanLoss{
		kind: KindBinaryCrossEntropy, attributes: BinaryCrossEntropyAttributes{positives},
		forward: func(x, targets, weights []float32) float64 {
			return kernel.BinaryCrossEntropy(x, targets, weights, positives)
		},
		backward: func(dx, x, targets, weights []float32, scale float64) {
			kernel.BinaryCrossEntropyGradient(dx, x, targets, weights, positives, scale)
		},
		check: func(targets []float32) error {
			for i, t := range targets {
				if !(t >= 0 && t <= 1) {
					return errors.Errorf("target %d is %v; want 0 to 1", i, t)
				}
			}
			return nil
		},
	}, logits, targets, weights)
}
