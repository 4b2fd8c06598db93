package graph

import (
	"math"
	"runtime"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Machine is a compiled graph. It belongs to one goroutine at a time.
type Machine struct {
	graph *construction
	vm    gorgonia.VM

	// Of the newest run:
	err       error // the first that an operation met
	running   bool
	runs      int    // begun so far
	clock     int    // the position of the newest operation
	measuring bool   // take the time of operations
	watch     *watch // looks at every value
}

// Compile ends building, once: it reports the first error met, joins operations
// where rules allow it (see Rules), plans the memory and compiles the graph for
// running. After a run one can read (see Floats) the nodes to keep, the gradients
// of parameters, and nodes that no other node reads; the memory of all others may
// have been given on. A graph that takes more memory than there is (see Footprint)
// is refused with a *MemoryError.
func (b *Builder) Compile(keep ...*gorgonia.Node) (m *Machine, err error) {
	switch {
	case b.err != nil:
		return nil, b.err
	case b.compiled:
		return nil, errors.New("graph: this graph is compiled already; name all nodes to keep to one Compile, or build another graph over the State")
	}
	if err := b.collision(); err != nil {
		return nil, err
	}
	p, err := b.settle(keep)
	if err != nil {
		return nil, err
	}
	if err := b.admit(b.footprint(p)); err != nil {
		return nil, err
	}
	if err := b.allocate(p); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, errors.Errorf("graph: compiling: %v", r)
		}
	}()
	m = &Machine{graph: b.construction, vm: gorgonia.NewTapeMachine(b.graph)}
	for _, o := range b.ops {
		o.machine = m
	}
	b.compiled = true
	return m, nil
}

// settle decides what Compile makes: which operations are joined, and where
// results lie.
func (c *construction) settle(keep []*gorgonia.Node) (plan, error) {
	for _, n := range keep {
		if n == nil || n.Graph() != c.graph {
			return plan{}, errors.New("graph: a node to keep is nil or of another graph")
		}
	}
	c.fuse(keep)
	return c.plan(keep), nil
}

// Run computes every node once from the present values of the inputs. After an
// error it can be run again.
func (m *Machine) Run() error {
	m.err, m.running, m.clock = nil, true, -1
	m.runs++
	err := m.vm.RunAll()
	m.running = false
	m.vm.Reset()
	if m.err != nil {
		return m.err // Gorgonia's wrapping names instructions, ours the layer
	}
	return errors.Wrap(err, "graph: running")
}

// reached notes that an operation is about to run.
func (m *Machine) reached(o *op) error {
	if m.running {
		if o.position <= m.clock {
			return errors.Errorf("graph: %v: run out of the order that its memory was planned for", o)
		}
		m.clock = o.position
	}
	return nil
}

// SetStep tells which step of training the next runs are: with the seed and the
// layer it decides what dropout and stochastic depth drop.
func (m *Machine) SetStep(step uint64) { *m.graph.step = step }

// Params are the parameters with their gradients, as a gorgonia.Solver takes
// them. They are valid after Run on a graph that was differentiated.
func (m *Machine) Params() []gorgonia.ValueGrad { return gorgonia.NodesToValueGrads(m.graph.params) }

// Close frees the machine.
func (m *Machine) Close() error {
	// Gorgonia's finalizer does no more than its Close, and would keep the graph's
	// memory beyond the next garbage collection.
	runtime.SetFinalizer(m.vm, nil)
	return m.vm.Close()
}

// Floats is the memory of an input, or of an output that is there after the newest
// run; nil of all others: outputs that were not kept (see Compile), whose memory may
// have been given on, those that the run did not reach, labels, and no node at all.
// Writing to an input's is how a batch is given; an output is valid until the next
// run.
func Floats(n *gorgonia.Node) []float32 {
	if n == nil {
		return nil
	}
	if o := opOf(n); o != nil {
		if !o.readable() {
			return nil
		}
		return o.memory
	}
	if d, ok := n.Value().(*tensor.Dense); ok && d.Dtype() == tensor.Float32 {
		return d.Float32s()
	}
	return nil
}

// readable tells whether the operation's memory holds what the newest run computed.
func (o *op) readable() bool {
	return o.machine != nil && o.memory != nil && !o.reused && o.ran == o.machine.runs
}

// Ints is the memory of a node of labels, nil if it has none.
func Ints(n *gorgonia.Node) []int32 {
	if n == nil {
		return nil
	}
	if d, ok := n.Value().(*tensor.Dense); ok && d.Dtype() == tensor.Int32 {
		return d.Int32s()
	}
	return nil
}

// Scalar is the value of a scalar node after a run, such as the loss. It is NaN where
// there is none: of a node that is no scalar, nil, or not computed by the newest run.
func Scalar(n *gorgonia.Node) float32 {
	if n == nil || n.Shape().Dims() != 0 {
		return float32(math.NaN())
	}
	if o := opOf(n); o != nil {
		if o.readable() {
			return o.memory[0]
		}
	} else if v, ok := n.Value().(*gorgonia.F32); ok {
		return float32(*v)
	}
	return float32(math.NaN())
}
