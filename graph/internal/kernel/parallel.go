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
	j := jobs.Get().(*job)
	j.n, j.task = int64(n), task
	j.next.Store(0)
	j.running.Add(workers - 1)
	for range workers - 1 {
		go j.help()
	}
	j.work()
	j.running.Wait()
	failed := j.failed.Swap(nil)
	j.task = nil
	jobs.Put(j)
	if failed != nil {
		panic(*failed)
	}
}

// job is one call of Parallel; they are used again, so that a call allocates
// next to nothing.
type job struct {
	n       int64
	task    func(i int)
	next    atomic.Int64
	failed  atomic.Pointer[any]
	running sync.WaitGroup
}

var jobs = sync.Pool{New: func() any { return new(job) }}

func (j *job) help() {
	defer j.running.Done()
	j.work()
}

func (j *job) work() {
	defer func() {
		if r := recover(); r != nil {
			j.failed.CompareAndSwap(nil, &r)
			j.next.Store(j.n)
		}
	}()
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		j.task(int(i))
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

// scratch hands out buffers for the length of one task, from a list for each
// power of two. The lists never shrink: they hold what one step needed at once.
type scratch[T any] struct {
	mu   sync.Mutex
	free [48][]*[]T
}

func (s *scratch[T]) get(n int) *[]T {
	class := bits.Len(uint(max(n, 1) - 1))
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free[class]) - 1; last >= 0 {
		p := s.free[class][last]
		s.free[class] = s.free[class][:last]
		*p = (*p)[:n]
		return p
	}
	b := make([]T, n, 1<<class)
	return &b
}

func (s *scratch[T]) put(p *[]T) {
	class := bits.Len(uint(cap(*p) - 1))
	s.mu.Lock()
	s.free[class] = append(s.free[class], p)
	s.mu.Unlock()
}

var (
	buffers scratch[float32]
	doubles scratch[float64]
)
