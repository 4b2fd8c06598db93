package kernel

import "sync"

// space is memory for one task at a time, or one operation, to work in. What it
// hands out is not cleared and lasts until the next task, or the operation's end.
type space struct {
	floats arena[float32]
	sums   arena[float64]
	ints   arena[int]
	labels arena[int32]

	correlations arena[correlation]

	task int // floats that each task of the operation needs
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

// reserve makes room for n values in all, where nothing is taken yet.
func (a *arena[T]) reserve(n int) {
	if n > len(a.block) {
		a.block = make([]T, n)
	}
}

// alignment is what pieces of an arena begin at multiples of.
const alignment = 16

// room is what pieces of such lengths take of an arena.
func room(lengths ...int) (n int) {
	for _, l := range lengths {
		n += (l + alignment - 1) / alignment * alignment
	}
	return n
}

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

// spaces are for tasks, works for what operations hold while their tasks run: there
// are as many as processors, and as operations at the same time.
var (
	spaces = pool[space]{fresh: func() *space { return new(space) }}
	works  = pool[space]{fresh: func() *space { return new(space) }}
)

// takeSpace is a space that nothing is taken from yet, with room for so many
// floats; release gives it back.
func takeSpace(floats int) *space {
	s := spaces.get()
	s.reset()
	s.floats.reserve(floats)
	return s
}

// release gives the space back.
func (s *space) release() { spaces.put(s) }

// work is the memory of an operation.
type work struct{ *space }

// takeWork is memory for an operation that needs so much; release gives it back.
func takeWork(w Workspace) work {
	s := works.get()
	s.reset()
	s.floats.reserve(w.Held)
	s.task = w.Task
	return work{s}
}

// release gives the memory back, without what its correlations pointed to.
func (w work) release() {
	clear(w.correlations.block)
	works.put(w.space)
}

// parallel is that for tasks of the operation.
func (w work) parallel(n int, task func(s *space, i int)) { parallelIn(w.task, n, task) }
