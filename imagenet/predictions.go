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
	highest := float64(slices.Max(logits))
	all := make([]Prediction, len(logits))
	var sum float64
	for i, x := range logits {
		all[i] = Prediction{i, math.Exp(float64(x) - highest)}
		sum += all[i].Probability
	}
	for i := range all {
		all[i].Probability /= sum
	}
	slices.SortStableFunc(all, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(max(k, 0), len(all))]
}
