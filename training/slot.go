package training

import (
	"sync"
	"sync/atomic"
)

// task is one example to be read into its place in a batch.
type task struct {
	slot         *slot
	at           int // place in the batch
	epoch, index int
}

// slot is a batch while it is being filled.
type slot struct {
	Batch
	pending atomic.Int64  // examples still to come
	full    chan struct{} // gets a value once there are none

	mu     sync.Mutex
	err    error
	failed int // place in the batch of the example that err is from
}

// reset makes s ready for n examples of size floats, and the rest padding.
func (s *slot) reset(n, size int) {
	s.N = n
	s.pending.Store(int64(n))
	clear(s.Images[n*size:])
	for i := n; i < len(s.Labels); i++ {
		s.Labels[i] = -1
	}
	s.Fields.pad(n)
}

// fail keeps the error of the first place in the batch, whichever comes first
// in time, so that the same error is reported each time.
func (s *slot) fail(at int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil || at < s.failed {
		s.err, s.failed = err, at
	}
}
