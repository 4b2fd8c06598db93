package graph

import (
	"runtime"
	"slices"
	"testing"
)

// TestParallelPieces wants the same pieces for any number of processors.
func TestParallelPieces(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range []int{0, 1, Grain, 5*Grain + 3} {
		for _, processors := range []int{1, 3} {
			runtime.GOMAXPROCS(processors)
			ends := make([]int, (n+Grain-1)/Grain)
			Parallel(n, func(lo, hi int) { ends[lo/Grain] = hi })
			var want []int
			for lo := 0; lo < n; lo += Grain {
				want = append(want, min(lo+Grain, n))
			}
			if !slices.Equal(ends, want) {
				t.Errorf("%d values with %d processors: pieces end at %v, want %v", n, processors, ends, want)
			}
		}
	}
}
