package kernel

import (
	"math"
	"slices"
)

// CrossEntropyOptions are what PyTorch's cross_entropy has besides logits and targets.
type CrossEntropyOptions struct {
	Weights   []float32 // of the classes; nil means 1 for each
	Smoothing float64   // part of the probability that all classes share
	Ignored   []int32   // labels that do not count, besides negative ones
}

// weight is that of a class.
func (o CrossEntropyOptions) weight(class int) float64 {
	if o.Weights == nil {
		return 1
	}
	return float64(o.Weights[class])
}

// WeightedCrossEntropy is CrossEntropy with options: the sum over the labels y that
// count of -(1-s) w(y) log(p(y)) - s/K sum over the K classes c of w(c) log(p(c)),
// divided by the sum of the w(y); 0 where that is 0.
func WeightedCrossEntropy(grad, logits []float32, labels []int32, classes int, o CrossEntropyOptions) (loss float64, correct int) {
	counts := func(l int32) bool { return l >= 0 && !slices.Contains(o.Ignored, l) }
	total := 0.0
	for _, l := range labels {
		if counts(l) {
			total += o.weight(int(l))
		}
	}
	for i, l := range labels {
		row, g := logits[i*classes:(i+1)*classes], grad[i*classes:(i+1)*classes]
		if !counts(l) {
			clear(g)
			continue
		}
		correct += TopK(row, labels[i:i+1], classes, 1)
		scale := 0.0
		if total > 0 {
			scale = 1 / total
		}
		loss += weightedRow(g, row, scale, func(c int) float64 {
			t := o.Smoothing / float64(classes)
			if c == int(l) {
				t += 1 - o.Smoothing
			}
			return t * o.weight(c)
		})
	}
	return loss, correct
}

// WeightedSoftCrossEntropy is SoftCrossEntropy with options: the mean over the rows of
// targets t that are not all zero of -sum of w(c) ((1-s) t(c) + s/K) log(p(c)).
func WeightedSoftCrossEntropy(grad, logits, targets []float32, classes int, o CrossEntropyOptions) (loss float64) {
	scale := perCounted(targets, classes)
	for i := 0; i < len(targets); i += classes {
		row, want, g := logits[i:i+classes], targets[i:i+classes], grad[i:i+classes]
		if weight(want) == 0 {
			clear(g)
			continue
		}
		loss += weightedRow(g, row, scale, func(c int) float64 {
			return o.weight(c) * ((1-o.Smoothing)*float64(want[c]) + o.Smoothing/float64(classes))
		})
	}
	return loss
}

// weightedRow is scale times the cross entropy of a row against targets of any sum, and
// the gradient of that.
func weightedRow(grad, row []float32, scale float64, target func(class int) float64) (loss float64) {
	top, sum, all := float64(slices.Max(row)), 0.0, 0.0 // Max of a NaN and others is NaN
	for c, v := range row {
		sum += math.Exp(float64(v) - top)
		all += target(c)
	}
	entropy := math.Log(sum)
	for c, v := range row {
		x, t := float64(v)-top, target(c)
		grad[c] = float32((all*math.Exp(x)/sum - t) * scale)
		if t != 0 {
			loss += t * (entropy - x) * scale
		}
	}
	return loss
}
