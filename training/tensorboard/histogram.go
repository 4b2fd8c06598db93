package tensorboard

import (
	"math"
	"slices"
	"sort"
)

// Histogram counts values in buckets. Bucket i holds Counts[i] values from
// Limits[i-1] up to but not including Limits[i].
type Histogram struct {
	Min, Max        float64
	Number          float64 // of values
	Sum, SumSquares float64
	Limits, Counts  []float64
}

// limits are TensorBoard's own: zero, and growing by a tenth from 1e-12 to 1e20 on
// both sides of it (tensorflow/core/lib/histogram).
var limits = func() []float64 {
	var positive []float64
	for v := 1e-12; v < 1e20; v *= 1.1 {
		positive = append(positive, v)
	}
	positive = append(positive, math.MaxFloat64)
	all := make([]float64, 0, 2*len(positive)+1)
	for _, v := range slices.Backward(positive) {
		all = append(all, -v)
	}
	return append(append(all, 0), positive...)
}()

// NewHistogram counts the values in TensorBoard's buckets. Values that are no
// finite numbers are left out.
func NewHistogram(values []float32) *Histogram {
	h := &Histogram{Min: math.MaxFloat64, Max: -math.MaxFloat64}
	counts := make([]float64, len(limits))
	for _, value := range values {
		v := float64(value)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		h.Min, h.Max = min(h.Min, v), max(h.Max, v)
		h.Number++
		h.Sum += v
		h.SumSquares += v * v
		counts[sort.Search(len(limits), func(i int) bool { return limits[i] > v })]++
	}
	if h.Number == 0 {
		return &Histogram{Limits: []float64{math.MaxFloat64}, Counts: []float64{0}}
	}
	// A run of empty buckets becomes one.
	for i, count := range counts {
		if last := len(h.Counts) - 1; count == 0 && last >= 0 && h.Counts[last] == 0 {
			h.Limits[last] = limits[i]
			continue
		}
		h.Limits, h.Counts = append(h.Limits, limits[i]), append(h.Counts, count)
	}
	return h
}
