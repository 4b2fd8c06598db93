package imagenet

import (
	"cmp"
	"math"
	"slices"
)

// Prediction is a class and how probable a network finds it.
type Prediction struct {
	Class       int
	Probability float64
}

// Top turns one picture's logits [Classes] into probabilities by softmax and
// returns the k most probable classes, fewer where there are fewer, the most
// probable first and equals in order of their number.
func Top(logits []float32, k int) []Prediction {
	if len(logits) == 0 {
		return nil
	}
	all := make([]Prediction, len(logits))
	for i, p := range softmax(logits) {
		all[i] = Prediction{i, p}
	}
	slices.SortStableFunc(all, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(max(k, 0), len(all))]
}

// Probabilities is the softmax of logits [Classes].
func Probabilities(logits []float32) []float32 {
	out := make([]float32, len(logits))
	for i, p := range softmax(logits) {
		out[i] = float32(p)
	}
	return out
}

func softmax(logits []float32) []float64 {
	out := make([]float64, len(logits))
	highest := math.Inf(-1)
	for _, x := range logits {
		highest = max(highest, float64(x))
	}
	var sum float64
	for i, x := range logits {
		out[i] = math.Exp(float64(x) - highest)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
