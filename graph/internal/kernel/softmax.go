package kernel

import (
	"math"
	"slices"
)

// CrossEntropy computes the softmax cross entropy of logits [n classes] against
// labels [n], averaged over the labels that are not negative, and the gradient
// of the logits for a loss gradient of 1. It returns the mean loss, how many
// rows have their largest logit (the first among equals) at the label, and how
// many rows counted. A NaN among the logits makes the loss NaN.
func CrossEntropy(grad, logits []float32, labels []int32, classes int) (loss float64, correct, counted int) {
	for _, l := range labels {
		if l >= 0 {
			counted++
		}
	}
	scale := 1 / float64(max(counted, 1))
	for i, l := range labels {
		row, g := logits[i*classes:(i+1)*classes], grad[i*classes:(i+1)*classes]
		if l < 0 {
			clear(g)
			continue
		}
		best := 0
		for j, v := range row {
			if v > row[best] {
				best = j
			}
		}
		if best == int(l) && row[best] == row[best] {
			correct++
		}
		top, sum := float64(row[best]), 0.0
		for _, v := range row {
			sum += math.Exp(float64(v) - top)
		}
		for j, v := range row {
			g[j] = float32(math.Exp(float64(v)-top) / sum * scale)
		}
		g[l] = float32((math.Exp(float64(row[l])-top)/sum - 1) * scale)
		loss += (math.Log(sum) + (top - float64(row[l]))) * scale
	}
	return loss, correct, counted
}

// perCounted is what each row counts in a mean over the rows of targets that are not
// all zero.
func perCounted(targets []float32, classes int) float64 {
	counted := 0
	for i := 0; i < len(targets); i += classes {
		if weight(targets[i:i+classes]) != 0 {
			counted++
		}
	}
	return 1 / float64(max(counted, 1))
}

// SoftCrossEntropy computes the softmax cross entropy of logits [n classes]
// against targets [n classes], averaged over the rows whose targets are not all
// zero, and the gradient of the logits for a loss gradient of 1. A NaN among the
// logits makes the loss NaN.
func SoftCrossEntropy(grad, logits, targets []float32, classes int) (loss float64) {
	scale := perCounted(targets, classes)
	for i := 0; i < len(targets); i += classes {
		row, want, g := logits[i:i+classes], targets[i:i+classes], grad[i:i+classes]
		total := weight(want)
		if total == 0 {
			clear(g)
			continue
		}
		top, sum := float64(slices.Max(row)), 0.0 // Max of a NaN and others is NaN
		for _, v := range row {
			sum += math.Exp(float64(v) - top)
		}
		entropy := math.Log(sum)
		for j, v := range row {
			x, t := float64(v)-top, float64(want[j])
			g[j] = float32((total*math.Exp(x)/sum - t) * scale)
			if t != 0 {
				loss += t * (entropy - x) * scale
			}
		}
	}
	return loss
}

// weight is the sum of a row's targets.
func weight(targets []float32) (sum float64) {
	for _, t := range targets {
		sum += float64(t)
	}
	return sum
}

// TopK counts the rows of logits [n classes] whose label is among their k largest,
// of equal ones the first. Negative labels do not count, nor do logits of NaN.
func TopK(logits []float32, labels []int32, classes, k int) (count int) {
	for i, l := range labels {
		if l < 0 {
			continue
		}
		row := logits[i*classes : (i+1)*classes]
		mine, before := row[l], 0
		for j, v := range row {
			if v > mine || v == mine && j < int(l) || v != v {
				before++
			}
		}
		if before < k && mine == mine {
			count++
		}
	}
	return count
}
