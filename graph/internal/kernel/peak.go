package kernel

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Name is the kind of kernels in use: avx512, avx2 or go.
func Name() string { return unit.name() }

// Peak measures the floating-point operations a second (a multiply-add is two)
// that the vector unit reaches on all processors with nothing else to do; 0
// without one.
func Peak() float64 {
	if unit.spin(1) == 0 {
		return 0
	}
	const rounds = 1 << 20
	n := runtime.GOMAXPROCS(0)
	best := 0.0
	for range 10 {
		var done atomic.Int64
		start := time.Now()
		Parallel(n, func(int) { done.Add(int64(unit.spin(rounds))) })
		best = max(best, float64(done.Load())/time.Since(start).Seconds())
	}
	return best
}
