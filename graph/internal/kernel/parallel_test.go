package kernel

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestParallel(t *testing.T) {
	for _, procs := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(procs)
		for _, n := range []int{0, 1, 2, 3, 100} {
			calls := make([]atomic.Int32, n)
			Parallel(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Errorf("with %d processors, task %d of %d ran %d times", procs, i, n, c)
				}
			}
		}
		runtime.GOMAXPROCS(old)
	}
}

// TestParallelPanic wants a panic of any task in the caller, and all workers at
// rest by then.
func TestParallelPanic(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		old := runtime.GOMAXPROCS(procs)
		for _, guilty := range []int{0, 1, 63} {
			var running atomic.Int32
			got := func() (r any) {
				defer func() { r = recover() }()
				Parallel(64, func(i int) {
					running.Add(1)
					defer running.Add(-1)
					if i == guilty {
						panic("task broke")
					}
				})
				return nil
			}()
			if got != "task broke" || running.Load() != 0 {
				t.Errorf("with %d processors, task %d: recovered %v with %d tasks running, want the panic's value and 0", procs, guilty, got, running.Load())
			}
		}
		runtime.GOMAXPROCS(old)
	}
}

// TestRanges wants the pieces of a range to cover it once, in whole units.
func TestRanges(t *testing.T) {
	for _, s := range []struct{ n, unit int }{{1, 1}, {Grain, 1}, {Grain + 1, 1}, {3 * Grain, 3}, {100000, 20}, {4 * Grain, 2 * Grain}} {
		seen := make([]atomic.Int32, s.n)
		parallelRange(s.n, s.unit, func(lo, hi int) {
			if lo%s.unit != 0 || hi%s.unit != 0 && hi != s.n {
				t.Errorf("%+v: a piece [%d, %d) cuts a unit", s, lo, hi)
			}
			for i := lo; i < hi; i++ {
				seen[i].Add(1)
			}
		})
		for i := range seen {
			if c := seen[i].Load(); c != 1 {
				t.Fatalf("%+v: element %d was visited %d times", s, i, c)
			}
		}
	}
	for _, n := range []int{1, 3, 16, 17, 1000} {
		at, parts := 0, chunks(n)
		for i := range parts {
			lo, hi := chunk(n, parts, i)
			if lo != at || hi <= lo {
				t.Errorf("part %d of %d rows is [%d, %d), want it to begin at %d", i, n, lo, hi, at)
			}
			at = hi
		}
		if at != n {
			t.Errorf("the parts of %d rows end at %d", n, at)
		}
	}
}
