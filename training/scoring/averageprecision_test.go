package scoring

import (
	"math"
	"testing"
)

// TestAveragePrecision compares with numbers by hand; the second row is the example in
// scikit-learn's documentation of average_precision_score.
func TestAveragePrecision(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name     string
		scores   []float32
		positive []bool
		want     float64
	}{
		{"the right ones first", []float32{9, 8, 1}, []bool{true, true, false}, 1},
		{"in between", []float32{0.1, 0.4, 0.35, 0.8}, []bool{false, false, true, true}, 1./2 + 2./3*1./2},
		{"the right one last", []float32{3, 2, 1, 0}, []bool{false, false, false, true}, 0.25},
		{"all of one score", []float32{1, 1, 1, 1}, []bool{true, false, false, true}, 0.5},
		{"two of one score", []float32{2, 2, 1}, []bool{false, true, true}, 1./2*1./2 + 1./2*2./3},
		{"infinite scores", []float32{float32(math.Inf(1)), 0, float32(math.Inf(-1))}, []bool{true, false, true}, 1./2 + 1./2*2./3},
		{"no positive", []float32{1, 2}, []bool{false, false}, nan},
		{"nothing", nil, nil, nan},
		{"a score that is no number", []float32{1, float32(nan)}, []bool{true, true}, nan},
		{"fewer scores", []float32{1}, []bool{true, true}, nan},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := AveragePrecision(test.scores, test.positive); !(math.Abs(got-test.want) < 1e-12) && !(math.IsNaN(got) && math.IsNaN(test.want)) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	scores := []float32{1, 5, 0, 2, 6, 0}
	positive := []bool{true, true, false, false, false, false}
	if got := MeanAveragePrecision(scores, positive, 3); got != 0.5 {
		t.Errorf("the mean over the classes with positives is %v, want 0.5", got)
	}
	for _, classes := range []int{0, 4} {
		if got := MeanAveragePrecision(scores, positive, classes); !math.IsNaN(got) {
			t.Errorf("of %d classes %v", classes, got)
		}
	}
}
