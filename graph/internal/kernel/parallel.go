package kernel

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// Parallel calls task(0) ... task(n-1), spread over the processors, and returns
// when all have ended. Tasks must not depend on each other's order. A panic in
// a task is raised again in the caller.
func Parallel(n int, task func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			task(i)
		}
		return
	}
	var (
		next   atomic.Int64
		failed atomic.Pointer[any]
		wg     sync.WaitGroup
	)
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				failed.CompareAndSwap(nil, &r)
				next.Store(int64(n))
			}
		}()
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			task(int(i))
		}
	}
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if r := failed.Load(); r != nil {
		panic(*r)
	}
}

// grain is the number of elements of an elementwise operation that make one
// task: small enough to share out, large enough to hide the cost of starting.
const grain = 1 << 15

// parallelRange cuts [0, n) into tasks of about grain elements, each a multiple
// of unit long but for the last.
func parallelRange(n, unit int, task func(lo, hi int)) {
	step := max(grain/unit, 1) * unit
	Parallel((n+step-1)/step, func(i int) {
		task(i*step, min((i+1)*step, n))
	})
}

// chunks is how many partial sums a reduction over n rows keeps: fixed by the
// shape, so the sum has the same bits whatever the number of processors.
func chunks(n int) int { return min(n, 16) }

// chunk returns the rows [lo, hi) of part i of the given number of parts.
func chunk(n, parts, i int) (lo, hi int) { return n * i / parts, n * (i + 1) / parts }

// scratch hands out float32 buffers for the length of one task, from a pool for
// each power of two.
type scratch struct{ pools [48]sync.Pool }

func (s *scratch) get(n int) *[]float32 {
	class := bits.Len(uint(max(n, 1) - 1))
	if p, _ := s.pools[class].Get().(*[]float32); p != nil {
		*p = (*p)[:n]
		return p
	}
	b := make([]float32, n, 1<<class)
	return &b
}

func (s *scratch) put(p *[]float32) { s.pools[bits.Len(uint(cap(*p)-1))].Put(p) }

var buffers scratch
