package kernel

import (
	"math"
	"testing"
)

func TestCrossEntropy(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, test := range []struct {
		name    string
		logits  []float32
		labels  []int32
		correct int
		loss    float64 // where known by hand, else 0
	}{
		{"random", random(1, 60), []int32{3, 0, 9, 9, 5, 1}, -1, 0},
		{"one class", []float32{5, -3}, []int32{0, 0}, 2, 0},
		{"even", []float32{7, 7, 7, 7}, []int32{0}, 1, math.Log(4)},
		{"the first of equals counts", []float32{1, 2, 2, 1, 2, 2}, []int32{1, 2}, 1, 0},
		{"ignored", []float32{1, 2, 3, 300, 200, 100, 3, 1, 2}, []int32{2, -1, 0}, 2, 0},
		{"all ignored", []float32{1, 2, 3, 4}, []int32{-1, -5}, 0, 0},
		{"huge", []float32{3e38, -3e38, 0, 1e30, 1e30, 0}, []int32{0, 0}, 2, math.Log(2) / 2},
		{"huge and wrong", []float32{2000, 0, 0}, []int32{1}, 0, 2000},
		{"impossible", []float32{-inf, 0}, []int32{1}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			classes := len(test.logits) / len(test.labels)
			var want float64
			counted, correct := 0, 0
			for _, l := range test.labels {
				if l >= 0 {
					counted++
				}
			}
			wantGrad := make([]float64, len(test.logits))
			for i, l := range test.labels {
				if l < 0 {
					continue
				}
				row := test.logits[i*classes : (i+1)*classes]
				best := 0
				for j := range row {
					if row[j] > row[best] {
						best = j
					}
				}
				if best == int(l) {
					correct++
				}
				sum := 0.0
				for _, v := range row {
					sum += math.Exp(float64(v) - float64(row[best]))
				}
				want += (math.Log(sum) + (float64(row[best]) - float64(row[l]))) / float64(counted)
				for j, v := range row {
					wantGrad[i*classes+j] = math.Exp(float64(v)-float64(row[best])) / sum / float64(counted)
				}
				wantGrad[i*classes+int(l)] -= 1 / float64(counted)
			}
			if test.correct >= 0 && test.correct != correct || test.loss != 0 && math.Abs(test.loss-want) > 1e-9*want {
				t.Fatalf("the reference gives %d correct and a loss of %v, by hand it is %d and %v", correct, want, test.correct, test.loss)
			}
			grad := dirty(len(test.logits))
			loss, gotCorrect, gotCounted := CrossEntropy(grad, test.logits, test.labels, classes)
			if math.Abs(loss-want) > 1e-12*(1+want) || gotCorrect != correct || gotCounted != counted {
				t.Errorf("loss %v with %d of %d correct, want %v with %d of %d", loss, gotCorrect, gotCounted, want, correct, counted)
			}
			near(t, "gradient", grad, wantGrad, 1e-6)
		})
	}
}

// TestCrossEntropyNaN wants one bad logit to show in the loss, wherever it is.
func TestCrossEntropyNaN(t *testing.T) {
	for place := range 3 {
		for label := range int32(3) {
			logits := []float32{1, 3, 2}
			logits[place] = nan
			loss, correct, counted := CrossEntropy(make([]float32, 3), logits, []int32{label}, 3)
			if !math.IsNaN(loss) || counted != 1 || correct != 0 && place == int(label) {
				t.Errorf("NaN at %d, label %d: loss %v, %d correct of %d, want NaN, and no credit for it", place, label, loss, correct, counted)
			}
		}
	}
}
