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
	b  *Builder
	vm gorgonia.VM
}

// Compile ends building, once: it reports the first error met, plans the memory and
// compiles the graph for running. After a run one can read (see Floats) the nodes
// to keep, the gradients of parameters, and nodes that no other node reads; the
// memory of all others may have been given on. A graph that takes more memory than
// there is (see Footprint) is refused with a *MemoryError.
func (b *Builder) Compile(keep ...*gorgonia.Node) (m *Machine, err error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.compiled != nil {
		return nil, errors.New("graph: this graph is compiled already; name all nodes to keep to one Compile, or build another graph over the State")
	}
	seen := make(map[uint32]*gorgonia.Node)
	for _, n := range b.graph.AllNodes() {
		if other := seen[n.Hashcode()]; other != nil {
			return nil, errors.Errorf("graph: nodes %v and %v have the same hash and Gorgonia would merge them; build again with another Options.Salt", n, other)
		}
		seen[n.Hashcode()] = n
	}
	p, f, err := b.prepare(keep)
	if err != nil {
		return nil, err
	}
	if err := b.admit(f); err != nil {
		return nil, err
	}
	b.compiled = &f
	b.fold()
	if err := b.allocate(p); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, errors.Errorf("graph: compiling: %v", r)
		}
	}()
	return &Machine{b: b, vm: gorgonia.NewTapeMachine(b.graph)}, nil
}

// Run computes every node once from the present values of the inputs. After an
// error it can be run again.
func (m *Machine) Run() error {
	m.b.runErr, m.b.running, m.b.clock = nil, true, -1
	m.b.runs++
	err := m.vm.RunAll()
	m.b.running = false
	m.vm.Reset()
	if m.b.runErr != nil {
		return m.b.runErr // Gorgonia's wrapping names instructions, ours the layer
	}
	return errors.Wrap(err, "graph: running")
}

// Params are the parameters with their gradients, as a gorgonia.Solver takes
// them. They are valid after Run on a graph that was differentiated.
func (m *Machine) Params() []gorgonia.ValueGrad { return gorgonia.NodesToValueGrads(m.b.params) }

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
// run. Operations of Gorgonia's own work in place: a value that one of them computed
// is to be kept, too, to be what it was.
func Floats(n *gorgonia.Node) []float32 {
	if n == nil {
		return nil
	}
	if o, ok := n.Op().(*op); ok {
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
func (o *op) readable() bool { return o.memory != nil && !o.reused && o.ran == o.b.runs }

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
	if o, ok := n.Op().(*op); ok {
		if o.readable() {
			return o.memory[0]
		}
	} else if v, ok := n.Value().(*gorgonia.F32); ok {
		return float32(*v)
	}
	return float32(math.NaN())
}
