package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
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
			want, correct := crossEntropy(t, test.logits, test.labels)
			if test.correct >= 0 && test.correct != correct || test.loss != 0 && math.Abs(test.loss-want) > 1e-9*want {
				t.Fatalf("%d correct and a loss of %v, by hand it is %d and %v", correct, want, test.correct, test.loss)
			}
		})
	}
}

// crossEntropy compares with sums in float64, which it returns.
func crossEntropy(t *testing.T, logits []float32, labels []int32) (loss float64, correct int) {
	t.Helper()
	classes := len(logits) / len(labels)
	counted := 0
	for _, l := range labels {
		if l >= 0 {
			counted++
		}
	}
	wantGrad := make([]float64, len(logits))
	for i, l := range labels {
		if l < 0 {
			continue
		}
		row := logits[i*classes : (i+1)*classes]
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
		loss += (math.Log(sum) + (float64(row[best]) - float64(row[l]))) / float64(counted)
		for j, v := range row {
			wantGrad[i*classes+j] = math.Exp(float64(v)-float64(row[best])) / sum / float64(counted)
		}
		wantGrad[i*classes+int(l)] -= 1 / float64(counted)
	}
	grad := dirty(len(logits))
	got, gotCorrect, gotCounted := CrossEntropy(grad, logits, labels, classes)
	if math.Abs(got-loss) > 1e-12*(1+loss) || gotCorrect != correct || gotCounted != counted {
		t.Errorf("%d classes, labels %v: loss %v with %d of %d correct, want %v with %d of %d", classes, labels, got, gotCorrect, gotCounted, loss, correct, counted)
	}
	near(t, fmt.Sprintf("%d classes, labels %v: gradient", classes, labels), grad, wantGrad, 1e-6)
	return loss, correct
}

// TestRandomSoftmax tries losses and ranks, with ties and labels that do not count.
func TestRandomSoftmax(t *testing.T) {
	newSweep(t).random(300, func(rng *rand.Rand) {
		n, classes := 1+rng.IntN(20), 1+rng.IntN(1+rng.IntN(200))
		logits, labels := random(rng.Uint64(), n*classes), make([]int32, n)
		ties := rng.IntN(2) == 0
		for i := range logits {
			if ties {
				logits[i] = float32(math.Round(float64(logits[i])))
			}
		}
		for i := range labels {
			labels[i] = int32(rng.IntN(classes+1)) - 1
		}
		crossEntropy(t, logits, labels)

		k, want := 1+rng.IntN(classes+1), 0
		targets := make([]float32, len(logits)) // labels, smoothed
		for i, l := range labels {
			if l < 0 {
				continue
			}
			row, order := logits[i*classes:(i+1)*classes], make([]int, classes)
			for j := range order {
				order[j] = j
				targets[i*classes+j] = 0.25 / float32(classes)
			}
			targets[i*classes+int(l)] += 0.75
			sort.SliceStable(order, func(a, b int) bool { return row[order[a]] > row[order[b]] })
			if slices.Contains(order[:min(k, classes)], int(l)) {
				want++
			}
		}
		if got := TopK(logits, labels, classes, k); got != want {
			t.Errorf("%d of %v are among the first %d of %d classes, want %d", got, labels, k, classes, want)
		}
		softCrossEntropy(t, logits, targets, classes)
	})
}

// softCrossEntropy compares with the definition in float64.
func softCrossEntropy(t *testing.T, logits, targets []float32, classes int) {
	t.Helper()
	counted, want := 0, 0.0
	wantGrad := make([]float64, len(logits))
	for i := 0; i < len(logits); i += classes {
		total, sum := 0.0, 0.0
		for j, v := range logits[i : i+classes] {
			total += float64(targets[i+j])
			sum += math.Exp(float64(v))
		}
		if total == 0 {
			continue
		}
		counted++
		for j, v := range logits[i : i+classes] {
			p := math.Exp(float64(v)) / sum
			want -= float64(targets[i+j]) * math.Log(p)
			wantGrad[i+j] = total*p - float64(targets[i+j])
		}
	}
	for i := range wantGrad {
		wantGrad[i] /= float64(max(counted, 1))
	}
	want /= float64(max(counted, 1))
	grad := dirty(len(logits))
	if got := SoftCrossEntropy(grad, logits, targets, classes); math.Abs(got-want) > 1e-9*(1+want) {
		t.Errorf("%d classes, targets %v: loss %v, want %v", classes, targets, got, want)
	}
	for i, w := range wantGrad {
		if d := math.Abs(float64(grad[i]) - w); !(d <= 1e-7) {
			t.Fatalf("%d classes, targets %v: gradient %d is %v, want %v", classes, targets, i, grad[i], w)
		}
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
