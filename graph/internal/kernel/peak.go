package kernel

import (
	"runtime"
	"time"
)

// Name is the kind of kernels in use: avx512, avx2 or go.
func Name() string {
	if unit == nil {
		return "go"
	}
	return unit.name
}

// Peak measures the floating-point operations a second (a multiply-add is two)
// that the vector unit reaches on all processors with nothing else to do; 0
// without one.
func Peak() float64 {
	if unit == nil {
		return 0
	}
	const rounds, chains = 1 << 20, 12
	n := runtime.GOMAXPROCS(0)
	best := 0.0
	for range 10 {
		start := time.Now()
		Parallel(n, func(int) { unit.peak(rounds) })
		best = max(best, 2*float64(n*rounds*chains*unit.width)/time.Since(start).Seconds())
	}
	return best
}
