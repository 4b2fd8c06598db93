package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Options say what a Builder builds. The zero value is an inference graph.
type Options struct {
	// Training makes batch norm use the statistics of the batch and update the
	// running ones.
	Training bool
	// Seed decides the initial values of parameters that the State lacks.
	Seed uint64
	// Init is how convolution weights start; the zero value is the paper's.
	Init Init
	// Frozen makes an inference graph take its weights from the state at its first
	// run, all of them and as the kernels want them, with batch norms folded in, and
	// again at the first run after the state's version has changed. In between it does
	// not look there. It has no gradients.
	Frozen bool
	// Freeze names parameters, or the layers and groups they are in, such as
	// "layer1", that are taken as given: they have no gradient, and batch norms
	// among them use their running statistics and leave them.
	Freeze []string
	// Memory is how operations share memory; the zero value is right but for tests.
	Memory Memory
	// Beside is what else takes memory while the graph runs, for Compile to count.
	Beside Beside
	// Arena is memory that this graph uses in turn with others; nil means its own.
	Arena *Arena
	// Salt changes the numbers that keep Gorgonia from merging nodes. Another
	// one is needed only where Compile reports a collision.
	Salt uint32
	// Folds, of a Frozen graph, is where it finds and leaves its weights, so that those
	// of a network for several sizes of batches and pictures are there once; nil means
	// weights of its own.
	Folds *Folds
}

// Builder emits operations into one expression graph over one State. Every
// method names the layer it builds, and parameters and statistics that the State
// does not hold yet are made under that name.
//
// The first error is kept: later calls do nothing and return nil nodes, and
// Compile (or Err) reports it, so networks read without error checks.
type Builder struct {
	graph   *gorgonia.ExprGraph
	state   *State
	options Options

	err       error  // of building
	runErr    error  // of running: the first that an operation met
	running   bool   // by a Machine
	measuring bool   // take the time of operations
	clock     int    // of running: the position of the newest operation
	runs      int    // begun so far
	watch     *watch // of a run that is checked

	ops      []*op
	layers   map[string]bool
	constant map[*gorgonia.Node]bool // nodes without a gradient
	params   gorgonia.Nodes
	fixed    map[*gorgonia.Node]*Tensor // parameters of a Frozen graph, whose nodes are not in it
	folds    *Folds                     // of a Frozen graph
	version  uint64                     // of the state, that a Frozen graph's weights are of
	settled  bool                       // version says something
	inputs   gorgonia.Nodes
	found    map[*Tensor]bool // what the state held at the start
	froze    map[string]bool  // names of Options.Freeze that were met
	hashes   map[uint32]*gorgonia.Node
	hashed   int // how many of the graph's nodes are in hashes

	compiled       *Footprint // nil before
	differentiated bool
	backward       bool // what is added computes gradients
	gradients      gorgonia.Nodes
}

// NewBuilder starts an empty graph over the state.
func NewBuilder(state *State, options Options) *Builder {
	var err error
	if state == nil {
		state, err = NewState(), errors.New("graph: a graph needs a State, got nil; make one with NewState")
	}
	b := &Builder{
		err:      err,
		graph:    gorgonia.NewGraph(),
		state:    state,
		options:  options,
		layers:   map[string]bool{},
		constant: map[*gorgonia.Node]bool{},
		hashes:   map[uint32]*gorgonia.Node{},
		found:    map[*Tensor]bool{},
		froze:    map[string]bool{},
		fixed:    map[*gorgonia.Node]*Tensor{},
	}
	if options.Frozen && !options.Training {
		b.folds = cmp.Or(options.Folds, &Folds{})
		b.Fail(b.folds.bind(state))
	}
	for _, t := range state.tensors {
		b.found[t] = true
	}
	return b
}

// Graph is the expression graph, for adding nodes of one's own.
func (b *Builder) Graph() *gorgonia.ExprGraph { return b.graph }

// State is the set of named tensors that the graph is built over.
func (b *Builder) State() *State { return b.state }

// Training tells whether this is a training graph.
func (b *Builder) Training() bool { return b.options.Training }

// Params are the parameters used so far, in order of use, without frozen ones; a
// Frozen graph has none.
func (b *Builder) Params() gorgonia.Nodes { return slices.Clone(b.params) }

// Err is the first error met in building, or nil.
func (b *Builder) Err() error { return b.err }

// Fail records an error unless there is one already, for blocks that check their
// arguments.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) failf(format string, args ...any) *gorgonia.Node {
	b.Fail(errors.Errorf("graph: "+format, args...))
	return nil
}

// Input adds a float32 input of the given shape, such as a batch of images
// [N H W C], with memory of its own (see Floats). No gradient is computed for
// it; a node made with gorgonia.NewTensor on Graph() has one.
func (b *Builder) Input(name string, shape ...int) *gorgonia.Node {
	return b.input(name, tensor.Float32, shape)
}

// Labels adds an int32 input of n class numbers; negative ones are ignored by
// the loss.
func (b *Builder) Labels(name string, n int) *gorgonia.Node {
	return b.input(name, tensor.Int32, tensor.Shape{n})
}

func (b *Builder) input(name string, dtype tensor.Dtype, shape tensor.Shape) *gorgonia.Node {
	if b.err != nil {
		return nil
	}
	if len(shape) == 0 || slices.Min(shape) < 1 {
		return b.failf("input %s: every dimension must be at least 1, got %v", name, shape)
	}
	size := int64(1)
	for _, d := range shape {
		if size > largestInput/int64(d) {
			return b.failf("input %s: %v is too large", name, shape)
		}
		size *= int64(d)
	}
	n := b.placeholder(name, dtype, shape)
	b.constant[n] = true
	if n != nil {
		b.inputs = append(b.inputs, n)
		if size <= largeInput && !b.inArena(n) {
			b.Fail(makeInput(n))
		}
	}
	return n
}

const (
	// largestInput is how many values an input may have, 64 GiB: with it nothing that
	// is computed from sizes overflows.
	largestInput = 1 << 34
	// largeInput is from where on an input gets its memory when the graph is
	// compiled, which may be refused.
	largeInput = 1 << 28
)

// makeInput makes the memory of an input.
func makeInput(input *gorgonia.Node) error {
	return gorgonia.Let(input, tensor.New(tensor.Of(input.Dtype()), tensor.WithShape(input.Shape()...)))
}

// leaf adds a node that holds the value.
func (b *Builder) leaf(name string, value *tensor.Dense) *gorgonia.Node {
	n := b.placeholder(name, value.Dtype(), value.Shape())
	if n != nil {
		b.Fail(gorgonia.Let(n, value))
	}
	return n
}

// placeholder adds a node that is given a value later. Gorgonia would silently take
// two inputs of one name for the same, so a name is used once.
func (b *Builder) placeholder(name string, dtype tensor.Dtype, shape tensor.Shape) *gorgonia.Node {
	if b.layers[name] {
		return b.failf("%s is in this graph already; names are used once", name)
	}
	b.layers[name] = true
	return gorgonia.NewTensor(b.graph, dtype, shape.Dims(), gorgonia.WithName(name), gorgonia.WithShape(shape...))
}

// parameter adds a trainable tensor, made by init if the state lacks it.
func (b *Builder) parameter(name string, layout Layout, shape tensor.Shape, init initializer) *gorgonia.Node {
	t, err := b.state.obtain(name, layout, true, shape, b.options.Seed, init)
	if err != nil {
		b.Fail(err)
		return nil
	}
	if b.folds != nil {
		return b.fix(name, t)
	}
	// A header of this graph's own over the state's memory: Gorgonia writes to it
	// when a machine is made, and other graphs may be running.
	n := b.leaf(name, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.memory)))
	switch {
	case n == nil:
	case b.frozen(name):
		b.constant[n] = true
	default:
		b.params = append(b.params, n)
	}
	return n
}

// fix makes the node of a parameter of a Frozen graph. It stands in the lists of
// inputs of operations, but outside the graph: the operations have the weights.
func (b *Builder) fix(name string, t *Tensor) *gorgonia.Node {
	if b.layers[name] {
		return b.failf("%s is in this graph already; names are used once", name)
	}
	b.layers[name] = true
	n := gorgonia.NewTensor(gorgonia.NewGraph(), tensor.Float32, len(t.shape), gorgonia.WithName(name), gorgonia.WithShape(t.shape...))
	b.fixed[n], b.constant[n] = t, true
	return n
}

// frozen tells whether the options say to take a layer or a parameter as given.
func (b *Builder) frozen(name string) bool {
	for _, group := range b.options.Freeze {
		if strings.HasPrefix(name+".", group+".") {
			b.froze[group] = true
			return true
		}
	}
	return false
}

// Initialize fills a tensor with a value if it was this builder that made it; one
// that the state held before keeps its values.
func (b *Builder) Initialize(name string, value float32) {
	if b.err != nil {
		return
	}
	t := b.state.Get(name)
	if t == nil {
		b.failf("cannot initialize %s: there is no such tensor", name)
		return
	}
	if !b.found[t] {
		constant(value)(t.memory, nil)
		t.drawn.Store(true)
		b.state.Changed()
	}
}

// buffer finds or makes a tensor that is not trained, such as running statistics.
func (b *Builder) buffer(name string, shape tensor.Shape, init initializer) []float32 {
	t, err := b.state.obtain(name, Plain, false, shape, b.options.Seed, init)
	if err != nil {
		b.Fail(err)
		return nil
	}
	return t.memory
}

// differentiable tells whether a gradient flows to n: it is a parameter, an
// input of the user's own making, or computed from one.
func (b *Builder) differentiable(n *gorgonia.Node) bool {
	if c, known := b.constant[n]; known {
		return !c
	}
	if o, ok := n.Op().(*op); ok {
		return slices.Contains(o.wrt, true)
	}
	return true
}

// ready tells whether a method may go on: no error so far, no missing node and
// nothing but floats among the inputs.
func (b *Builder) ready(layer string, inputs ...*gorgonia.Node) bool {
	if !b.present(layer, inputs...) {
		return false
	}
	for _, n := range inputs {
		if n.Dtype() != tensor.Float32 {
			b.failf("%s: want an input of float32, got %v %v", layer, n.Dtype(), n.Shape())
			return false
		}
	}
	return true
}

// present tells whether there was no error so far and all inputs are nodes of
// this graph.
func (b *Builder) present(layer string, inputs ...*gorgonia.Node) bool {
	if b.err != nil {
		return false
	}
	for _, n := range inputs {
		if n == nil {
			b.failf("%s: an input node is nil", layer)
			return false
		}
		if n.Graph() != b.graph && b.fixed[n] == nil {
			b.failf("%s: an input node belongs to another graph", layer)
			return false
		}
	}
	return true
}

// apply adds the operation to the graph. Unless o.wrt is set, a gradient is
// wanted for every input to which one flows.
func (b *Builder) apply(o *op, inputs ...*gorgonia.Node) *gorgonia.Node {
	if !b.present(o.layer, inputs...) {
		return nil
	}
	o.b, o.inputs, o.backward = b, inputs, b.backward
	o.in = make([]signature, len(inputs))
	for i, n := range inputs {
		o.in[i] = signature{n.Dtype(), n.Shape().Clone()}
	}
	o.fixed = make([]*Tensor, len(inputs))
	var nodes gorgonia.Nodes
	for i, n := range inputs {
		if o.fixed[i] = b.fixed[n]; o.fixed[i] == nil {
			nodes = append(nodes, n)
		}
	}
	switch {
	case b.folds != nil:
		o.diff, o.wrt = nil, make([]bool, len(nodes))
	case o.wrt == nil:
		o.wrt = make([]bool, len(inputs))
		for i, n := range inputs {
			o.wrt[i] = o.diff != nil && b.differentiable(n)
		}
	}
	b.distinguish(o, nodes)
	n, err := gorgonia.ApplyOp(o, nodes...)
	if err != nil {
		return b.failf("%v: %v", o, err)
	}
	if n.Op() != gorgonia.Op(o) {
		return b.failf("%v: Gorgonia merged it with %v; set Options.Salt", o, n.Op())
	}
	o.node = n
	b.ops = append(b.ops, o)
	return n
}

// distinguish numbers the operation such that the hash of its node is new.
// Gorgonia compares nodes by 32-bit hashes, so two of a deep network's would
// coincide now and then, and one of them would silently stand for both.
func (b *Builder) distinguish(o *op, inputs gorgonia.Nodes) {
	all := b.graph.AllNodes()
	for _, n := range all[min(b.hashed, len(all)):] {
		b.hashes[n.Hashcode()] = n
	}
	b.hashed = len(all)
	o.id = uint64(b.options.Salt)<<32 | uint64(len(b.ops))
	for b.hashes[o.nodeHash(inputs)] != nil {
		o.id += 1 << 24 // beyond the numbers of this graph's other operations
	}
}

// Gradients differentiates the loss with respect to every parameter used, and
// returns the gradients in the order of Params. It can be called once.
func (b *Builder) Gradients(loss *gorgonia.Node) (grads gorgonia.Nodes) {
	if !b.ready("gradients", loss) {
		return nil
	}
	if b.folds != nil {
		b.failf("differentiating: a Frozen graph has no gradients")
		return nil
	}
	if b.differentiated {
		b.failf("differentiating: this graph has its gradients already")
		return nil
	}
	for _, name := range b.options.Freeze {
		if !b.froze[name] {
			b.failf("cannot freeze %s: the network has no parameter, layer or group of that name", name)
			return nil
		}
	}
	if len(b.params) == 0 {
		b.failf("differentiating: every parameter is frozen, nothing is left to train")
		return nil
	}
	b.differentiated, b.backward = true, true
	defer func() {
		b.backward = false
		if r := recover(); r != nil {
			b.failf("differentiating: %v", r)
			grads = nil
		}
	}()
	grads, err := gorgonia.Grad(loss, b.params...)
	if err != nil {
		b.failf("differentiating: %v", err)
		return nil
	}
	b.gradients = slices.Clone(grads)
	return grads
}
