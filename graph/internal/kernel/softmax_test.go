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

// TestSoftCrossEntropy compares with PyTorch: label smoothing of 0.1 with labels 2
// and 1, and mixed labels; rows of zeros count for nothing.
func TestSoftCrossEntropy(t *testing.T) {
	logits := []float32{1.5, -0.25, 0.75, 3, 0, 2, -1, 0.5, 9, 9, 9, 9}
	for _, test := range []struct {
		targets []float32
		loss    float64
		grad    []float32
	}{
		{[]float32{.025, .025, .925, .025, .025, .925, .025, .025, 0, 0, 0, 0}, 1.5088450908660889, []float32{0.06909495, 0.001679076, -0.42395726, 0.3531832, 0.035550784, -0.10745005, 0.005176895, 0.06672235}},
		{[]float32{.3, 0, .7, 0, 0, .6, 0, .4, 0, 0, 0, 0}, 1.6400951147079468, []float32{-0.06840505, 0.014179077, -0.31145728, 0.36568323, 0.04805079, 0.055049956, 0.017676897, -0.12077764}},
	} {
		grad := make([]float32, len(logits))
		loss := SoftCrossEntropy(grad, logits, test.targets, 4)
		if math.Abs(loss-test.loss) > 1e-6 {
			t.Errorf("loss %v, want %v", loss, test.loss)
		}
		for i, want := range append(test.grad, 0, 0, 0, 0) {
			if math.Abs(float64(grad[i]-want)) > 1e-6 {
				t.Errorf("gradient %d is %v, want %v", i, grad[i], want)
			}
		}
	}
	if loss := SoftCrossEntropy(make([]float32, 2), []float32{float32(math.NaN()), 1}, []float32{0, 1}, 2); !math.IsNaN(loss) {
		t.Errorf("NaN among the logits gives a loss of %v", loss)
	}
}

func TestTopK(t *testing.T) {
	nan := float32(math.NaN())
	logits := []float32{5, 1, 3, 2, 4, 4, 1, 4, nan, 0, 1, 2}
	for _, test := range []struct {
		labels []int32
		k      int
		want   int
	}{
		{[]int32{0, 0, 3}, 1, 2}, // the first of equals; a NaN comes before all
		{[]int32{2, 3, 3}, 2, 2},
		{[]int32{2, 1, 0}, 1, 0},
		{[]int32{2, 1, 0}, 2, 2},
		{[]int32{3, 1, 0}, 4, 2}, // a logit of NaN is never right
		{[]int32{-1, 1, -1}, 2, 1},
	} {
		if got := TopK(logits, test.labels, 4, test.k); got != test.want {
			t.Errorf("top %d of %v: %d, want %d", test.k, test.labels, got, test.want)
		}
	}
}
