package graph

import (
	"math"
	"runtime"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ErrBusy is the error of a Run while another one of the same Machine, or of one that
// shares its Arena, goes on.
var ErrBusy = errors.New("graph: this machine, or one with the same memory, is running; a machine is for one goroutine at a time")

// ErrClosed is the error of what is closed.
var ErrClosed = errors.New("graph: this machine is closed")

// Machine is a compiled graph. It belongs to one goroutine at a time: what it
// computed lasts until its next run.
type Machine struct {
	graph *construction

	mu sync.Mutex  // held by a run
	vm gorgonia.VM // nil when closed

	runs      int    // begun so far
	running   bool   // one goes on
	clock     int    // the position of its newest operation
	err       error  // the first that one of its operations met
	panicked  error  // in one of Gorgonia's own operations
	watch     *watch // looks at every value
	measuring bool   // take the time of operations
}

// Compile ends building, once: it reports the first error met, joins operations
// where rules allow it (see Rules), plans the memory and compiles the graph for
// running. After a run one can read (see Floats) the nodes to keep, the gradients
// of parameters, and nodes that no other node reads; the memory of all others may
// have been given on. A graph that takes more memory than there is (see Footprint)
// is refused with a *MemoryError.
func (b *Builder) Compile(keep ...*gorgonia.Node) (m *Machine, err error) {
	switch {
	case b.Err() != nil:
		return nil, b.Err()
	case b.compiled != nil:
		return nil, errors.New("graph: this graph is compiled already; name all nodes to keep to one Compile, or build another graph over the State")
	}
	if err := b.collision(); err != nil {
		return nil, err
	}
	c := b.construction
	p, err := c.settle(keep, 0)
	if err != nil {
		return nil, err
	}
	f := c.footprint(p)
	if err := c.admit(f, keep); err != nil {
		return nil, err
	}
	if c.options.Packed == nil || c.options.Memory == SeparateMemory {
		c.state.draw()
	}
	c.compiled, c.taken = &f, false
	if err := c.allocate(p); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, errors.Errorf("graph: compiling: %v", r)
		}
	}()
	m = &Machine{graph: c}
	for _, o := range c.ops {
		o.machine = m
	}
	defer m.guard()()
	m.vm = gorgonia.NewTapeMachine(c.graph)
	// Gorgonia's finalizer serves graphics cards alone, and what has one and can reach
	// itself, as a machine does through its operations, is never freed.
	runtime.SetFinalizer(m.vm, nil)
	return m, nil
}

// settle decides what Compile makes, or would make of a batch of n if that is not 0:
// which operations are joined, and where results lie.
func (c *construction) settle(keep []*gorgonia.Node, n int) (plan, error) {
	c.fuse(keep)
	return c.plan(keep, n)
}

// made tells whether the machine is of Compile.
func (m *Machine) made() bool { return m != nil && m.graph != nil }

// Run computes every node once from the present values of the inputs. After an
// error it can be run again. It is ErrBusy while another goroutine runs the machine
// and ErrClosed after Close. A panic in an operation, Gorgonia's and the user's own
// too, is an error that names it.
func (m *Machine) Run() error {
	return m.run(nil)
}

// run is Run under a watch, if there is one.
func (m *Machine) run(w *watch) error {
	if m == nil {
		return ErrClosed
	}
	if !m.mu.TryLock() {
		return ErrBusy
	}
	defer m.mu.Unlock()
	if m.vm == nil {
		return ErrClosed
	}
	if a := m.graph.options.Arena; a != nil {
		if !a.mu.TryLock() {
			return ErrBusy
		}
		defer a.mu.Unlock()
	}
	m.runs++
	if err := m.graph.takeWeights(); err != nil {
		return err
	}
	if w != nil {
		if err := w.leaves(); err != nil {
			return err
		}
	}
	m.err, m.panicked, m.running, m.clock, m.watch = nil, nil, true, -1, w
	err := m.vm.RunAll()
	m.running, m.watch = false, nil
	if m.graph.options.Training || m.graph.gradients != nil {
		m.graph.state.Changed() // running statistics, and a solver that has the parameters writes next
	}
	m.vm.Reset()
	if m.err != nil {
		return m.err // Gorgonia's wrapping names instructions, ours the layer
	}
	if err != nil && m.panicked != nil {
		return m.panicked
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

// fail notes what an operation met, unless that was nothing, or another was first.
func (m *Machine) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// SetStep tells which step of training the next runs are: with the seed and the
// layer it decides what dropout and stochastic depth drop.
func (m *Machine) SetStep(step uint64) {
	if m.made() {
		*m.graph.step = step
	}
}

// Params are the parameters with their gradients, as a gorgonia.Solver takes
// them. They are valid after Run on a graph that was differentiated.
func (m *Machine) Params() []gorgonia.ValueGrad {
	if !m.made() {
		return nil
	}
	m.graph.state.Changed()
	return gorgonia.NodesToValueGrads(m.graph.params)
}

// Close frees what the machine holds for running, once a run that goes on has ended.
// What it computed stays readable. Closing again does nothing.
func (m *Machine) Close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vm == nil {
		return nil
	}
	if a := m.graph.options.Arena; a != nil {
		a.remove(m.graph)
	}
	err := m.vm.Close()
	m.vm = nil
	return errors.Wrap(err, "graph: closing")
}

// Floats is the memory of an input, or of an output that is there after the newest
// run; nil of all others: outputs that were not kept (see Compile), whose memory may
// have been given on, those that the run did not reach, labels, and no node at all.
// Writing to an input's is how a batch is given; an output is valid until the next
// run. Operations of Gorgonia's own work in place: a value that one of them computed
// is to be kept, too, to be what it was.
func Floats(n *gorgonia.Node) []float32 {
	if n == nil {
		return nil
	}
	if o := opOf(n); o != nil {
		switch {
		case !o.readable():
			return nil
		case o.copied != nil:
			return o.copied
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
