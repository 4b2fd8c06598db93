package kernel

import (
	"runtime"
	"testing"
)

// deepShapes are products of many channels one way or the other, or in part.
var deepShapes = []Conv{
	{N: 1, H: 97, W: 1, C: 2048, K: 64, R: 1, S: 1, Stride: 1, Groups: 1},
	{N: 5, H: 4, W: 5, C: 2100, K: 32, R: 1, S: 1, Stride: 1, Groups: 1},
	{N: 101, H: 1, W: 1, C: 32, K: 2048, R: 1, S: 1, Stride: 1, Groups: 1},
	{N: 96, H: 1, W: 1, C: 2049, K: 16, R: 1, S: 1, Stride: 1, Groups: 1}, // half a panel of AVX-512
}

func TestDeep(t *testing.T) {
	s := newSweep(t)
	for i, c := range deepShapes {
		s.conv(c, uint64(i))
	}
}

// TestDeepIsChosen wants such products to be computed so where there are vectors, and
// others not.
func TestDeepIsChosen(t *testing.T) {
	used := unit
	defer func() { unit = used }()
	for _, unit = range units() {
		for c, deep := range map[Conv]bool{
			deepShapes[0]: true, deepShapes[2]: true,
			{N: 95, H: 1, W: 1, C: 2048, K: 64, R: 1, S: 1, Stride: 1, Groups: 1}:                  false,
			{N: 128, H: 2, W: 2, C: 2048, K: 64, R: 1, S: 1, Stride: 2, Groups: 1}:                 false,
			{N: 128, H: 1, W: 1, C: 1024, K: 1024, R: 1, S: 1, Stride: 1, Groups: 1}:               false,
			{N: 128, H: 1, W: 1, C: 4096, K: 4096, R: 1, S: 1, Stride: 1, Groups: 2}:               false,
			{N: 128, H: 1, W: 1, C: 4096, K: 10, R: 1, S: 1, Stride: 1, Groups: 1}:                 false,
			{N: 128, H: 3, W: 3, C: 4096, K: 64, R: 1, S: 1, Stride: 1, Pads: Sides(1), Groups: 1}: false,
		} {
			if got := Choose(c.Resolve()).Name(); (got == "deep") != (deep && Name() != "go") {
				t.Errorf("%s kernels, %+v: computed by %s", Name(), c, got)
			}
		}
	}
}

func TestDeepSameBits(t *testing.T) {
	for _, c := range deepShapes {
		c = c.Resolve()
		x, w, dy := random(1, c.N*c.H*c.W*c.C), random(2, c.C*c.K), random(3, c.N*c.OH*c.OW*c.K)
		var want [2][]float32
		for _, procs := range []int{1, 2, 3} {
			old := runtime.GOMAXPROCS(procs)
			a, y, dx := Choose(c), dirty(len(dy)), dirty(len(x))
			a.Forward(y, x, w, nil)
			a.BackwardInput(dx, dy, w, nil)
			runtime.GOMAXPROCS(old)
			if procs == 1 {
				want = [2][]float32{y, dx}
			}
			for i, got := range [2][]float32{y, dx} {
				for j, v := range got {
					if v != want[i][j] {
						t.Fatalf("%+v: with %d processors value %d is %v, want %v", c, procs, j, v, want[i][j])
					}
				}
			}
		}
	}
}
