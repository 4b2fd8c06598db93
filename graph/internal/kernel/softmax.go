package kernel

import "math"

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
