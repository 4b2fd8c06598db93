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

// op carries an operation of the vocabulary through Gorgonia as an SDOp. It owns
// its output: every run writes to the same memory, so a step allocates nothing.
type op struct {
	kind  string // what it computes, such as "conv"
	layer string // the layer it belongs to, for error messages

	multiplyAdds int64  // of one run, where that is the customary measure
	detail       string // see Operation

	out   tensor.Shape // empty for a scalar
	keeps int          // values of four bytes that it keeps besides

	// What it holds while it runs, in values, of what convolution; nil for nothing.
	holds func(kernel.Conv) int
	works *kernel.Conv
	wrt   []bool // which inputs have a gradient

	// run computes the output; in holds the inputs in order.
	run func(out []float32, in []operand)
	// check, unless nil, looks at the inputs before run.
	check func(in []operand) error
	// diff emits the gradients of the inputs, nil where wrt is false. What the
	// backward operations read is an input edge of theirs, never a buffer that
	// was published and kept besides: Gorgonia's in-place additions see edges only.
	diff func(in gorgonia.Nodes, out, grad *gorgonia.Node) gorgonia.Nodes

	// What folding needs to know: of a convolution, or of a matrix product as one, its
	// shape, of a batch norm its state.
	conv       *kernel.Conv
	product    *kernel.Conv
	norm       *norm
	foldedInto *op   // the bias or batch norm that runs this convolution, or its bias
	folds      *op   // the convolution that this bias or batch norm runs
	pack       *pack // of a Frozen graph: the weights that it runs with
	measures   *norm // the batch norm whose moments this convolution takes as it stores

	// Where an identity shortcut leaves the input of a convolution and comes back
	// at a batch norm, the convolution's input gradient adds the shortcut's, so that
	// nobody has to: joined is that batch norm, branch the shortcut's gradient there.
	joined *op
	branch *gorgonia.Node

	backward bool // computes a gradient

	ran  int // the newest run that computed it
	runs int // while measuring
	time time.Duration

	b    *Builder
	id   uint64
	node *gorgonia.Node // what it computes
	// overwrites lists the inputs whose memory the output may take, where nobody
	// reads them any more: element i of the output depends on element i alone.
	overwrites []int
	position   int       // in the order of execution
	reused     bool      // the memory is another's after the last reader
	copied     []float32 // what was computed, where a reader may overwrite it; else nil
	before     []func()  // run before the operation
	inputs     gorgonia.Nodes
	fixed      []*Tensor // of the inputs, those that are not nodes of the graph
	in         []signature
	value      gorgonia.Value
	memory     []float32
	args       []operand
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

// nodeHash is the hash that Gorgonia gives the node of this operation on these
// inputs.
func (o *op) nodeHash(inputs gorgonia.Nodes) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v%v", signature{tensor.Float32, o.out}.hmType(), o.out)
	o.WriteHash(h)
	h.Write([]byte{byte(len(inputs))})
	for _, n := range inputs {
		binary.Write(h, binary.LittleEndian, n.Hashcode())
	}
	return h.Sum32()
}

// String implements gorgonia.Op.
func (o *op) String() string { return o.layer + " (" + o.kind + ")" }

// DiffWRT implements gorgonia.SDOp.
func (o *op) DiffWRT(int) []bool { return o.wrt }

// SymDiff implements gorgonia.SDOp.
func (o *op) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.diff == nil {
		return nil, errors.Errorf("graph: %v has no gradient", o)
	}
	grads := o.diff(inputs, output, grad)
	return grads, o.b.err
}

// Do implements gorgonia.Op. A panic in the arithmetic comes out as an error:
// Gorgonia runs operations on a goroutine of its own, where it would end the
// process.
func (o *op) Do(inputs ...gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("graph: %v: %v", o, r)
		}
		if err != nil && o.b.runErr == nil {
			o.b.runErr = err
		}
	}()
	if o.value == nil {
		return nil, errors.Errorf("graph: %v: not compiled; make the machine with Builder.Compile", o)
	}
	if want := o.Arity(); len(inputs) != want {
		return nil, errors.Errorf("graph: %v: want %d inputs, got %d", o, want, len(inputs))
	}
	if o.b.running {
		if o.position <= o.b.clock {
			return nil, errors.Errorf("graph: %v: run out of the order that its memory was planned for", o)
		}
		o.b.clock = o.position
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
		inputs = inputs[1:]
	}
	if o.check != nil {
		if err := o.check(o.args); err != nil {
			return nil, errors.WithMessagef(err, "graph: %v", o)
		}
	}
	if o.b.measuring {
		defer func(start time.Time) {
			o.runs++
			o.time += time.Since(start)
		}(time.Now())
	}
	if o.b.watch != nil {
		if err := o.b.watch.before(o); err != nil {
			return nil, err
		}
	}
	o.run(o.memory, o.args)
	if o.b.watch != nil {
		if err := o.b.watch.after(o); err != nil {
			return nil, err
		}
	}
	o.ran = o.b.runs
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
