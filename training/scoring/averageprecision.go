package scoring

import (
	"cmp"
	"math"
	"slices"
)

// AveragePrecision is the area below the curve of precision over recall, of examples in
// the order of their scores, highest first: the sum over the thresholds of the precision
// times what the recall has grown by, with nothing in between interpolated (as
// scikit-learn's average_precision_score has it). Examples of one score share a
// threshold. It is NaN where no example is positive or a score is no number, or where
// there are not as many of both.
func AveragePrecision(scores []float32, positive []bool) float64 {
	if len(scores) != len(positive) {
		return math.NaN()
	}
	order := make([]int, len(scores))
	all := 0
	for i, v := range scores {
		if v != v {
			return math.NaN()
		}
		order[i] = i
		if positive[i] {
			all++
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	area, found, before := 0.0, 0, 0
	for n, i := range order {
		if positive[i] {
			found++
		}
		if n+1 < len(order) && scores[order[n+1]] == scores[i] {
			continue
		}
		area += float64(found-before) * float64(found) / float64(n+1)
		before = found
	}
	return area / float64(all)
}

// MeanAveragePrecision is the mean of AveragePrecision over the classes, of scores and
// positives [Examples Classes], without classes of which no example is positive: NaN
// where that is all of them.
func MeanAveragePrecision(scores []float32, positive []bool, classes int) float64 {
	if classes < 1 || len(scores) != len(positive) || len(scores)%classes != 0 {
		return math.NaN()
	}
	n := len(scores) / classes
	column, is := make([]float32, n), make([]bool, n)
	sum, counted := 0.0, 0
	for c := range classes {
		for i := range n {
			column[i], is[i] = scores[i*classes+c], positive[i*classes+c]
		}
		if slices.Contains(is, true) {
			sum += AveragePrecision(column, is)
			counted++
		}
	}
	return sum / float64(counted)
}
