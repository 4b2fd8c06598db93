package scoring

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

// Top turns one example's logits [Classes] into probabilities by softmax and
// returns the k most probable classes, fewer where there are fewer, in the order of
// Highest.
func Top(logits []float32, k int) []Prediction {
	classes := Highest(logits, k)
	if len(classes) == 0 {
		return nil
	}
	top := make([]Prediction, len(classes))
	highest := float64(logits[classes[0]])
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x) - highest)
	}
	for i, c := range classes {
		top[i] = Prediction{c, math.Exp(float64(logits[c])-highest) / sum}
	}
	return top
}

// Highest are the k classes of the highest scores [Classes], fewer where there are fewer,
// the highest first and of equal ones the lower class, as in Judge. A score that is no
// number comes last.
func Highest(scores []float32, k int) []int {
	k = min(max(k, 0), len(scores))
	if k == 1 {
		best := 0
		for i, v := range scores {
			if cmp.Less(scores[best], v) {
				best = i
			}
		}
		return []int{best}
	}
	classes := make([]int, len(scores))
	for i := range classes {
		classes[i] = i
	}
	slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return classes[:k]
}

// Probabilities is the softmax of logits [Classes].
func Probabilities(logits []float32) []float32 {
	out := make([]float32, len(logits))
	for _, p := range Top(logits, len(logits)) {
		out[p.Class] = float32(p.Probability)
	}
	return out
}
