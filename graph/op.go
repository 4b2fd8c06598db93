package graph

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"time"

	"github.com/chewxy/hm"
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// definition is what an operation computes: all that adding one to the
// vocabulary takes.
type definition struct {
	kind         Kind
	role         Role
	attributes   Attributes
	out          tensor.Shape // empty for a scalar
	multiplyAdds int64        // of one run, where that is the customary measure

	// run computes the output; in holds the inputs in order.
	run func(out []float32, in []operand)
	// check, unless nil, looks at the inputs before run.
	check func(in []operand) error
	// diff emits the gradients of the inputs, nil where wrt is false. What the
	// backward operations read is an input edge of theirs, never a buffer that
	// was published and kept besides: Gorgonia's in-place additions see edges only.
	diff func(o *op, in gorgonia.Nodes, out, grad *gorgonia.Node) gorgonia.Nodes
	// wrt tells which inputs have a gradient; nil means those to which one flows.
	wrt []bool

	saved     int       // values of four bytes that it keeps besides its output
	held      int       // such values that it holds itself while it runs
	workspace workspace // what its kernels work in; nil for nothing
	// inPlace lists the inputs whose memory the output may take, where nobody
	// reads them any more: element i of the output depends on element i alone.
	inPlace []int
	// wide lists the inputs that may lie in wider rows than theirs: the first channels of
	// them. How wide they are follows from the length of what run is given.
	wide []int
	// addsTo is the input of whose first channels, with what is added, the output is
	// made; 0 for none.
	addsTo int
	// statistics are the running statistics that it reads, or moves.
	statistics []*Tensor
	moves      bool
	// state is what its forward and backward operations share, for rules to know it
	// by: a *kernel.Algorithm or a *batchNorm.
	state any
}

// workspace is what an operation works in, where at turns the shape of a
// convolution into what it would be in the batch that is asked about.
type workspace func(at func(kernel.Conv) kernel.Conv) kernel.Workspace

// op carries an operation through Gorgonia as an SDOp. It owns its output: every
// run writes to the same memory, so a step allocates nothing.
type op struct {
	definition
	layer    string // full name
	building *construction
	node     *gorgonia.Node // what it computes
	inputs   gorgonia.Nodes
	fixed    []*Tensor // of the inputs, those that are not nodes of the graph
	in       []signature
	backward bool   // computes a gradient
	id       uint64 // see hashes
	placement
	fusion
	machine *Machine // once compiled

	ran  int // the newest run that computed it
	runs int // while the machine measures
	time time.Duration
}

// signature is what an operation was built to take as one of its inputs.
type signature struct {
	dtype tensor.Dtype
	shape tensor.Shape
}

func (s signature) hmType() hm.Type {
	if s.shape.Dims() == 0 {
		return s.dtype
	}
	return gorgonia.TensorType{Dims: s.shape.Dims(), Of: s.dtype}
}

// operand is an input at run time: floats (one for a scalar) or labels.
type operand struct {
	f []float32
	i []int32
}

// opOf is the vocabulary's operation of a node, nil if it is not one of them.
func opOf(n *gorgonia.Node) *op {
	o, _ := n.Op().(*op)
	return o
}

// conv is what computes a convolution, nil of anything else.
func (o *op) conv() *kernel.Algorithm {
	if o == nil {
		return nil
	}
	a, _ := o.state.(*kernel.Algorithm)
	return a
}

// product is what computes a convolution, or a matrix product as one, nil of
// anything else.
func (o *op) product() *kernel.Algorithm {
	if p, ok := o.state.(product); ok {
		return p.Algorithm
	}
	return o.conv()
}

// product is a matrix product as a convolution of pictures of one pixel.
type product struct{ *kernel.Algorithm }

// norm is the state of a batch norm, nil of anything else.
func (o *op) norm() *batchNorm {
	n, _ := o.state.(*batchNorm)
	return n
}

// Arity implements gorgonia.Op.
func (o *op) Arity() int {
	n := 0
	for _, t := range o.fixed {
		if t == nil {
			n++
		}
	}
	return n
}

// nodes are the inputs that are nodes of the graph.
func (o *op) nodes() gorgonia.Nodes {
	nodes := make(gorgonia.Nodes, 0, len(o.inputs))
	for i, n := range o.inputs {
		if o.fixed[i] == nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Type implements gorgonia.Op. Gorgonia returns the type to a pool after use, so
// each call makes a fresh one.
func (o *op) Type() hm.Type {
	types := make([]hm.Type, 0, len(o.in)+1)
	for i, s := range o.in {
		if o.fixed[i] == nil {
			types = append(types, s.hmType())
		}
	}
	return hm.NewFnType(append(types, signature{tensor.Float32, o.out}.hmType())...)
}

// InferShape implements gorgonia.Op.
func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

// ReturnsPtr implements gorgonia.Op.
func (o *op) ReturnsPtr() bool { return true }

// CallsExtern implements gorgonia.Op.
func (o *op) CallsExtern() bool { return false }

// OverwritesInput implements gorgonia.Op.
func (o *op) OverwritesInput() int { return -1 }

// WriteHash implements gorgonia.Op. Gorgonia merges nodes of equal hash, so each
// operation has a number of its own.
func (o *op) WriteHash(h hash.Hash) {
	h.Write([]byte("gorgonet"))
	binary.Write(h, binary.LittleEndian, o.id)
}

// Hashcode implements gorgonia.Op.
func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// nodeHash is the hash that Gorgonia gives the node of this operation.
func (o *op) nodeHash() uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v%v", signature{tensor.Float32, o.out}.hmType(), o.out)
	o.WriteHash(h)
	nodes := o.nodes()
	h.Write([]byte{byte(len(nodes))})
	for _, n := range nodes {
		binary.Write(h, binary.LittleEndian, n.Hashcode())
	}
	return h.Sum32()
}

// String implements gorgonia.Op.
func (o *op) String() string {
	return fmt.Sprintf("%s (%s)", o.layer, o.kindText())
}

// kindText is such as "conv input gradient".
func (o *op) kindText() string { return described(o.kind, o.role, o.attributes) }

// DiffWRT implements gorgonia.SDOp.
func (o *op) DiffWRT(int) []bool { return o.wrt }

// SymDiff implements gorgonia.SDOp.
func (o *op) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.diff == nil {
		return nil, errors.Errorf("graph: %v has no gradient", o)
	}
	grads := o.diff(o, inputs, output, grad)
	if o.building.err == nil && len(grads) != len(inputs) {
		return nil, errors.Errorf("graph: %v: want a gradient, or nil, for each of %d inputs, got %d", o, len(inputs), len(grads))
	}
	return grads, o.building.err
}

// Do implements gorgonia.Op. A panic in the arithmetic comes out as an error:
// Gorgonia runs operations on a goroutine of its own, where it would end the
// process.
func (o *op) Do(inputs ...gorgonia.Value) (v gorgonia.Value, err error) {
	m := o.machine
	if m == nil {
		return nil, errors.Errorf("graph: %v: not compiled; make the machine with Builder.Compile", o)
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("graph: %v: %v", o, r)
		}
		m.fail(err)
	}()
	if want := o.Arity(); len(inputs) != want {
		return nil, errors.Errorf("graph: %v: want %d inputs, got %d", o, want, len(inputs))
	}
	if err := m.reached(o); err != nil {
		return nil, err
	}
	for _, f := range o.before {
		f()
	}
	for i, t := range o.fixed {
		if t != nil {
			o.args[i].f = t.memory
			continue
		}
		if o.args[i], err = o.operand(i, inputs[0]); err != nil {
			return nil, err
		}
		if source := opOf(o.inputs[i]); source != nil && source.chain != nil {
			o.args[i].f = source.memory
		}
		inputs = inputs[1:]
	}
	if o.absorbedBy != nil {
		return o.value, nil
	}
	if o.check != nil {
		if err := o.check(o.args); err != nil {
			return nil, errors.WithMessagef(err, "graph: %v", o)
		}
	}
	if m.watch != nil {
		if err := m.watch.before(o); err != nil {
			return nil, err
		}
	}
	if m.measuring {
		start := time.Now()
		o.execute(o.memory, o.args)
		o.time += time.Since(start)
		o.runs++
	} else {
		o.execute(o.memory, o.args)
	}
	if m.watch != nil {
		if err := m.watch.after(o); err != nil {
			return nil, err
		}
	}
	o.ran = m.runs
	copy(o.copied, o.memory)
	if s, ok := o.value.(*gorgonia.F32); ok {
		*s = gorgonia.F32(o.memory[0])
	}
	return o.value, nil
}

// operand reads input i, checking that it is what the graph was built for: a
// node's value can be replaced at any time.
func (o *op) operand(i int, v gorgonia.Value) (a operand, err error) {
	want := o.in[i]
	if v == nil {
		return a, errors.Errorf("graph: %v: input %d has no value", o, i)
	}
	if v.Dtype() != want.dtype || v.Shape().TotalSize() != want.shape.TotalSize() {
		return a, errors.Errorf("graph: %v: input %d: want %v %v, got %v %v", o, i, want.dtype, want.shape, v.Dtype(), v.Shape())
	}
	switch v := v.(type) {
	case *gorgonia.F32:
		return operand{f: []float32{float32(*v)}}, nil
	case *tensor.Dense:
		if v.RequiresIterator() {
			return a, errors.Errorf("graph: %v: input %d is a view that is not contiguous; materialise it first", o, i)
		}
		if want.dtype == tensor.Int32 {
			return operand{i: v.Int32s()}, nil
		}
		return operand{f: v.Float32s()}, nil
	}
	return a, errors.Errorf("graph: %v: input %d: a %T is neither a scalar nor a dense tensor", o, i, v)
}
