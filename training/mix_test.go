package training

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// images makes a batch whose picture i is all i+1.
func images(n int, shape []int) []float32 {
	size := shape[0] * shape[1] * shape[2]
	out := make([]float32, n*size)
	for i := range out {
		out[i] = float32(i/size + 1)
	}
	return out
}

func TestMix(t *testing.T) {
	shape := []int{8, 6, 3}
	const n, size = 4, 8 * 6 * 3
	for name, m := range map[string]Mix{"none": {}, "mixup": {Mixup: 0.4}, "cutmix": {CutMix: 1}, "both": {Mixup: 0.4, CutMix: 1}} {
		var shares, between, sum float64
		for seed := range uint64(400) {
			batch := images(n, shape)
			share := m.apply(batch, shape, rand.NewPCG(seed, 1))
			if !(share >= 0 && share <= 1) {
				t.Fatalf("%s: a share of %v", name, share)
			}
			shares += share
			for i := range n {
				self, other := float64(i+1), float64((i+n-1)%n+1)
				mean := 0.0
				for _, v := range batch[i*size : (i+1)*size] {
					mean += float64(v) / size
					if float64(v) != self && float64(v) != other {
						between++
					}
				}
				if want := share*self + (1-share)*other; math.Abs(mean-want) > 1e-5 {
					t.Fatalf("%s: the mean of picture %d is %v, want %v of %v and %v", name, i, mean, share, self, other)
				}
			}
			sum += share * share
		}
		if mean := shares / 400; (m == Mix{}) != (mean == 1) || m != (Mix{}) && (mean < 0.4 || mean > 0.85) {
			t.Errorf("%s: the mean share is %v", name, mean)
		}
		if mixes := between > 0; mixes != (m.Mixup > 0) {
			t.Errorf("%s: %v values lie between two pictures'", name, between)
		}
	}
}

func TestTargets(t *testing.T) {
	got := make([]float32, 8)
	if err := targets(got, []int32{3, 1}, 0.75, 0.2); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{.05, .25, .05, .65, .05, .65, .05, .25} {
		if math.Abs(float64(got[i])-want) > 1e-6 {
			t.Errorf("target %d is %v, want %v", i, got[i], want)
		}
	}
	if err := targets(got, []int32{0, 4}, 1, 0); err == nil {
		t.Error("label 4 of 4 classes is accepted")
	}
	for share, want := range map[float64][]float32{1: {1, 0, 0, 0, 0, 0, 0, 0}, 0.5: make([]float32, 8)} {
		if err := targets(got, []int32{0, -1}, share, 0); err != nil || !slices.Equal(got, want) {
			t.Errorf("with a label that does not count and a share of %v: %v, want %v (%v)", share, got, want, err)
		}
	}
}
