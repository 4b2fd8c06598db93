package graph

import (
	"math"
	"slices"
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Memory is how the outputs of operations get their memory.
type Memory int

const (
	// PlannedMemory gives the memory of outputs that nobody reads any more to
	// later ones. The plan is made once, when the graph is compiled.
	PlannedMemory Memory = iota
	// SeparateMemory gives every output memory of its own, so that all values can
	// be looked at after a run.
	SeparateMemory
	// PoisonedMemory is PlannedMemory that fills what is no longer read with NaN,
	// to prove in tests that a plan is right.
	PoisonedMemory
)

// buffer is memory that one output uses, or several one after the other where
// each is computed in place of the one before.
type buffer struct {
	size        int // floats
	first, last int // positions in the order of execution that it is in use
	offset      int
	ops         []*op
}

// alignment is what buffers begin at multiples of, in floats: a cache line.
const alignment = 16

// smallest is how many floats are worth planning for.
const smallest = 256

// placement is where the output of an operation lies.
type placement struct {
	position int // in the order of execution
	value    gorgonia.Value
	memory   []float32
	args     []operand
	reused   bool      // the memory is another's after the last reader
	copied   []float32 // what was computed, where a reader may overwrite it; else nil
	before   []func()  // run before the operation
}

// plan is how the outputs of operations get their memory: some have their own, the
// others share an arena.
type plan struct {
	own     []*op
	buffers []*buffer
	arena   int // floats
	batch   int // that it is for, 0 for the graph's own

	kept        map[*gorgonia.Node]bool
	overwritten map[*gorgonia.Node]bool // perhaps, by their readers
}

// plan finds out what may share memory. The outputs of the nodes to keep, of
// parameters' gradients and of nodes that nobody reads stay readable after a run. The
// plan is for a batch of n; 0 means the graph's own, the only one to be carried out.
func (c *construction) plan(keep []*gorgonia.Node, n int) (plan, error) {
	kept := map[*gorgonia.Node]bool{}
	for _, n := range append(slices.Clone(keep), c.gradients...) {
		if n == nil || n.Graph() != c.graph {
			return plan{}, errors.New("graph: a node to keep is nil or of another graph")
		}
		kept[n] = true
	}
	order := c.graph.AllNodes() // Gorgonia runs nodes in the order of their making
	for i, n := range order {
		if o := opOf(n); o != nil {
			o.position = i
		}
	}
	p := plan{batch: n, kept: kept, overwritten: overwritten(order)}
	for _, n := range keep {
		if opOf(n) == nil && n.Op() != nil && p.overwritten[n] {
			return plan{}, errors.Errorf("graph: cannot keep %v: it is read by another operation of Gorgonia's own, and those work in place", n)
		}
	}
	if c.options.Memory == SeparateMemory {
		p.own = c.ops
		return p, nil
	}
	last := c.lastUses(order, kept)
	of, chains := map[*gorgonia.Node]*buffer{}, map[*chain]*buffer{}
	for _, o := range c.ops {
		size := c.sizeAt(o.node, n)
		switch {
		case o.absorbedBy != nil:
			continue // has no output
		case kept[o.node] || last[o.node] == math.MaxInt || size < smallest:
			p.own = append(p.own, o)
			continue
		}
		var use *buffer
		if o.chain != nil {
			use, size = chains[o.chain], c.sizeAt(o.chain.widest.node, n)
		}
		if use == nil {
			use = o.takeOver(size, of, last)
		}
		if use == nil {
			use = &buffer{size: size, first: o.position}
			p.buffers = append(p.buffers, use)
		}
		if o.chain != nil {
			chains[o.chain] = use
		}
		use.last = max(use.last, last[o.node])
		use.ops = append(use.ops, o)
		of[o.node] = use
	}
	p.arena = place(p.buffers)
	return p, nil
}

// allocate gives every operation the memory of its output, and large inputs theirs.
func (c *construction) allocate(p plan) error {
	for _, n := range c.inputs {
		if n.Value() == nil && !c.inArena(n) {
			if err := makeInput(n); err != nil {
				return err
			}
		}
	}
	for _, o := range p.own {
		o.give(make([]float32, o.out.TotalSize()))
		switch {
		case !p.overwritten[o.node]:
		case p.kept[o.node] || c.options.Memory == SeparateMemory:
			o.copied = make([]float32, len(o.memory))
		default:
			o.reused = true
		}
	}
	if c.options.Arena != nil {
		return c.options.Arena.admit(c, p)
	}
	return c.place(p, aligned(p.arena))
}

// overwritten are the tensors that an operation of Gorgonia's own reads, as those may
// write their result over what they read.
func overwritten(order gorgonia.Nodes) map[*gorgonia.Node]bool {
	out := map[*gorgonia.Node]bool{}
	for _, n := range order {
		if opOf(n) != nil {
			continue
		}
		for _, child := range childrenOf(n) {
			if child.Shape().Dims() > 0 {
				out[child] = true
			}
		}
	}
	return out
}

// lastUses tells for every node the position of the last one that may read its
// memory, MaxInt if none does, or if it is kept: then it is an output. Gorgonia's own
// operations may answer with the memory of an input, so their readers count too.
func (c *construction) lastUses(order gorgonia.Nodes, kept map[*gorgonia.Node]bool) map[*gorgonia.Node]int {
	last := make(map[*gorgonia.Node]int, len(order))
	for i, n := range slices.Backward(order) {
		o := opOf(n)
		if o != nil && o.absorbedBy != nil {
			i = o.absorbedBy.position // who reads its inputs is the other
		}
		use, read := last[n]
		if !read || kept[n] {
			last[n] = math.MaxInt
			use = math.MaxInt
		}
		for _, child := range childrenOf(n) {
			until := i
			if o == nil {
				until = use
			}
			last[child] = max(last[child], until)
		}
	}
	return last
}

// childrenOf are the nodes that a node reads.
func childrenOf(n *gorgonia.Node) (children gorgonia.Nodes) {
	for it := n.Graph().From(n.ID()); it != nil && it.Next(); {
		children = append(children, it.Node().(*gorgonia.Node))
	}
	return children
}

// takeOver finds the buffer of an input that ends with this operation and that it
// may overwrite, element by element.
func (o *op) takeOver(size int, of map[*gorgonia.Node]*buffer, last map[*gorgonia.Node]int) *buffer {
	if o.behind != nil {
		return nil // it is computed in parts, to which a shortcut is added when they are there
	}
	for _, i := range o.inPlace {
		in := o.inputs[i]
		u := of[in]
		if u == nil || u.size != size || u.last != o.position || last[in] != o.position {
			continue
		}
		return u
	}
	return nil
}

// place finds an offset for every buffer such that those in use at the same time
// do not overlap, the largest first, and returns the length of the whole.
func place(buffers []*buffer) (total int) {
	bySize := slices.Clone(buffers)
	slices.SortStableFunc(bySize, func(a, b *buffer) int { return b.size - a.size })
	var placed []*buffer // by offset
	for _, u := range bySize {
		u.offset = 0
		for _, p := range placed {
			if p.last < u.first || u.last < p.first {
				continue
			}
			if p.offset >= u.offset+u.size {
				break // the gap before p is wide enough
			}
			u.offset = max(u.offset, (p.offset+p.size+alignment-1)/alignment*alignment)
		}
		at, _ := slices.BinarySearchFunc(placed, u.offset, func(p *buffer, offset int) int { return p.offset - offset })
		placed = slices.Insert(placed, at, u)
		total = max(total, u.offset+u.size)
	}
	return total
}

// aligned makes a slice that begins at a cache line.
func aligned(n int) []float32 {
	s := make([]float32, n+alignment)
	skip := 0
	for uintptr(unsafe.Pointer(&s[skip]))%(4*alignment) != 0 {
		skip++
	}
	return s[skip : skip+n : skip+n]
}

// poison makes every operation fill, before it runs, what was last read before.
func (c *construction) poison(buffers []*buffer) {
	for _, u := range buffers {
		for _, o := range c.ops {
			if o.position > u.last {
				memory := u.ops[0].memory
				o.before = append(o.before, func() {
					for i := range memory {
						memory[i] = float32(math.NaN())
					}
				})
				break
			}
		}
	}
}

// give sets the memory of the operation's output.
func (o *op) give(memory []float32) {
	o.placement = placement{position: o.position, memory: memory}
	o.ran = -1
	o.args = make([]operand, len(o.in))
	if o.out.Dims() == 0 {
		o.value = gorgonia.NewF32(0)
		return
	}
	o.value = tensor.New(tensor.WithShape(o.out...), tensor.WithBacking(memory[:o.out.TotalSize()]))
}
