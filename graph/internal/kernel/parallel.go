package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Parallel calls task(0) ... task(n-1), spread over the processors, and returns
// when all have ended. Tasks must not depend on each other's order. A panic in
// a task is raised again in the caller.
func Parallel(n int, task func(i int)) {
	parallel(n, func(_ *space, i int) { task(i) })
}

// parallel is Parallel for tasks that need memory to work in: a space belongs to
// the task while it runs.
func parallel(n int, task func(s *space, i int)) { parallelIn(0, n, task) }

// parallelIn is parallel for tasks that take so many floats of their space.
func parallelIn(floats, n int, task func(s *space, i int)) {
	helpers := min(runtime.GOMAXPROCS(0), n) - 1
	if helpers <= 0 {
		s := takeSpace(floats)
		defer s.release()
		for i := range n {
			s.reset()
			task(s, i)
		}
		return
	}
	j := jobs.get()
	j.n, j.floats, j.task = int64(n), floats, task
	j.run(helpers)
}

// run works on the job with so many helpers until it is done.
func (j *job) run(helpers int) {
	j.next.Store(0)
	j.closed = false
	j.holders.Store(1)
	call(j, helpers)
	j.work()
	j.close()
	failed := j.failed.Swap(nil)
	j.release()
	if failed != nil {
		panic(*failed)
	}
}

// job is one call of Parallel. The caller works on it himself; helpers join if
// they come before it is done.
type job struct {
	n      int64
	floats int // that a task takes
	task   func(s *space, i int)
	pieces pieces // in place of a task
	next   atomic.Int64
	failed atomic.Pointer[any]

	mu      sync.Mutex
	closed  bool
	helping int
	idle    chan struct{} // the last helper of a closed job has left

	holders atomic.Int64 // the caller, and calls for help not yet answered
}

var jobs = pool[job]{fresh: func() *job { return &job{idle: make(chan struct{}, 1)} }}

// calls are the calls for help. Helpers wait for them for ever; there are never
// more than the processors that were there at some time.
var (
	calls   = make(chan *job, 256)
	helpers atomic.Int64
)

// call asks so many helpers to join. If nobody has the time the caller does
// without.
func call(j *job, n int) {
	for have := helpers.Load(); have < int64(n); have = helpers.Load() {
		if helpers.CompareAndSwap(have, have+1) {
			go help()
		}
	}
	for range n {
		j.holders.Add(1)
		select {
		case calls <- j:
		default:
			j.holders.Add(-1)
			return
		}
	}
}

func help() {
	for {
		j := receive(calls)
		if j.join() {
			j.work()
			j.leave()
		}
		j.release()
	}
}

// patience is how long a processor without work looks out for more before it sleeps:
// waking up takes as long as many an operation on a single picture, and the next one
// mostly comes at once.
const patience = 100 * time.Microsecond

// receive takes from a channel. While it looks out others may have the processor.
func receive[T any](from <-chan T) T {
	const looks = 64 // between looks at the clock
	for start := time.Now(); ; {
		for range looks {
			select {
			case x := <-from:
				return x
			default:
			}
		}
		if time.Since(start) > patience {
			return <-from
		}
		runtime.Gosched()
	}
}

func (j *job) join() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return false
	}
	j.helping++
	return true
}

func (j *job) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.helping--
	if j.closed && j.helping == 0 {
		j.idle <- struct{}{}
	}
}

// close lets no more helpers in and waits for those inside.
func (j *job) close() {
	j.mu.Lock()
	j.closed = true
	wait := j.helping > 0
	j.mu.Unlock()
	if wait {
		receive(j.idle)
	}
}

// release gives the job back for another call when nobody holds it any more.
func (j *job) release() {
	if j.holders.Add(-1) == 0 {
		j.task, j.pieces, j.floats = nil, pieces{}, 0
		jobs.put(j)
	}
}

func (j *job) work() {
	s := takeSpace(j.floats)
	defer func() {
		s.release()
		if r := recover(); r != nil {
			failed := r // apart from r, which would be allocated at every call
			j.failed.CompareAndSwap(nil, &failed)
			j.next.Store(j.n)
		}
	}()
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		s.reset()
		if j.task == nil {
			j.pieces.do(int(i))
		} else {
			j.task(s, int(i))
		}
	}
}

// Grain is the number of elements of an elementwise operation that make one
// task: small enough to share out, large enough to hide the cost of starting.
const Grain = 1 << 15

// pieces are the tasks of a range [0, n), step elements each but for the last.
type pieces struct {
	n, step int
	task    func(lo, hi int)
}

func (p pieces) do(i int) { p.task(i*p.step, min((i+1)*p.step, p.n)) }

// parallelRange cuts [0, n) into tasks of about Grain elements, each a multiple
// of unit long but for the last.
func parallelRange(n, unit int, task func(lo, hi int)) {
	pieces{n: n, step: max(Grain/unit, 1) * unit, task: task}.run()
}

// parallelRows is parallelRange for rows of c elements: tasks are of whole rows.
func parallelRows(rows, c int, task func(lo, hi int)) {
	pieces{n: rows, step: max(Grain/c, 1), task: task}.run()
}

// run spreads the tasks over the processors.
func (p pieces) run() {
	tasks := (p.n + p.step - 1) / p.step
	helpers := min(runtime.GOMAXPROCS(0), tasks) - 1
	if helpers <= 0 {
		for i := range tasks {
			p.do(i)
		}
		return
	}
	j := jobs.get()
	j.n, j.floats, j.pieces = int64(tasks), 0, p
	j.run(helpers)
}

// Range calls task for the pieces of [0, n), which are the same for any number of
// processors, and returns when all have ended. Tasks must not depend on each other's
// order. It allocates nothing.
func Range(n int, task func(lo, hi int)) { parallelRange(n, 1, task) }

// chunks is how many partial sums a reduction over n rows keeps: fixed by the
// shape, so the sum has the same bits whatever the number of processors.
func chunks(n int) int { return min(n, fewTasks) }

// chunk returns the rows [lo, hi) of part i of the given number of parts.
func chunk(n, parts, i int) (lo, hi int) { return n * i / parts, n * (i + 1) / parts }
