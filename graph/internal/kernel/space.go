package kernel

import (
	"math/bits"
	"sync"
)

// space is memory for one task at a time to work in. What it hands out is not
// cleared and lasts until the next task.
type space struct {
	floats arena[float32]
	sums   arena[float64]
	ints   arena[int]
	labels arena[int32]

	correlations arena[correlation]
}

func (s *space) reset() {
	s.floats.used, s.sums.used, s.ints.used, s.labels.used, s.correlations.used = 0, 0, 0, 0, 0
}

// correlation keeps a correlation that tasks share, so that none is allocated.
func (s *space) correlation(c correlation) *correlation {
	p := &s.correlations.get(1)[0]
	*p = c
	return p
}

// arena hands out pieces of one block of memory.
type arena[T any] struct {
	block []T
	used  int
}

// leastArena is the size of the first block of an arena.
const leastArena = 1 << 10

// get returns n values that begin at a cache line.
func (a *arena[T]) get(n int) []T {
	size := (n + alignment - 1) / alignment * alignment
	if a.used+size > len(a.block) {
		// Pieces of the old block stay valid for who has them.
		a.block, a.used = make([]T, max(size, 2*len(a.block), leastArena)), 0
	}
	piece := a.block[a.used : a.used+n : a.used+n]
	a.used += size
	return piece
}

// alignment is what pieces of an arena begin at multiples of.
const alignment = 16

// pool holds what nobody uses at present. It never shrinks.
type pool[T any] struct {
	mu    sync.Mutex
	free  []*T
	fresh func() *T
}

func (p *pool[T]) get() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	if last < 0 {
		return p.fresh()
	}
	x := p.free[last]
	p.free = p.free[:last]
	return x
}

func (p *pool[T]) put(x *T) {
	p.mu.Lock()
	p.free = append(p.free, x)
	p.mu.Unlock()
}

// spaces are for tasks, and for what an operation needs while its tasks run.
var spaces = pool[space]{fresh: func() *space { return new(space) }}

// takeSpace is a space that nothing is taken from yet; release gives it back.
func takeSpace() *space {
	s := spaces.get()
	s.reset()
	return s
}

// release gives the space back, without what its correlations pointed to.
func (s *space) release() {
	clear(s.correlations.block[:s.correlations.used])
	spaces.put(s)
}

// scratch hands out buffers for the length of one operation, from a list for each
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
