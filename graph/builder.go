package graph

import (
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Builder emits operations into one expression graph over one State. Every
// method names the layer it builds, and parameters and statistics that the State
// does not hold yet are made under that name.
//
// The first error is kept: later calls do nothing and return nil nodes, and
// Compile (or Err) reports it, so networks read without error checks. A Builder
// is done when it has compiled: what the graph does from then on is the Machine's.
type Builder struct {
	*construction
	scope  string // what names begin with, such as "layer1.0."
	shared bool   // parameters are taken again
}

// construction is what a Builder and its scopes build.
type construction struct {
	graph    *gorgonia.ExprGraph
	state    *State
	options  Options
	compiled *Footprint // nil before

	err       error
	ops       []*op
	leaves    map[*gorgonia.Node]leaf
	names     map[string]*gorgonia.Node // of leaves
	params    gorgonia.Nodes
	inputs    gorgonia.Nodes
	found     map[*Tensor]bool // what the state held at the start
	froze     map[string]bool  // names of Options.Freeze that were met
	hashes    hashes
	shortcuts shortcuts
	prefixes  prefixes
	step      *uint64 // of training that the machine is at

	fixed   map[*gorgonia.Node]*Tensor // parameters that are packed, whose nodes are not in the graph
	version uint64                     // of the state, that packed weights are of
	taken   bool                       // version says something

	backward  bool           // what is added computes gradients
	gradients gorgonia.Nodes // nil before Gradients
}

// NewBuilder starts an empty graph over the state.
func NewBuilder(state *State, options Options) *Builder {
	b := &Builder{construction: &construction{
		graph:   gorgonia.NewGraph(),
		state:   state,
		options: options,
		leaves:  map[*gorgonia.Node]leaf{},
		names:   map[string]*gorgonia.Node{},
		found:   map[*Tensor]bool{},
		froze:   map[string]bool{},
		hashes:  hashes{nodes: map[uint32]*gorgonia.Node{}},
		step:    new(uint64),
		fixed:   map[*gorgonia.Node]*Tensor{},
	}}
	if state == nil {
		b.state = NewState()
		b.Fail(errNoState)
	}
	if options.Training {
		b.options.Packed = nil // of an inference graph
	}
	if b.options.Packed != nil {
		b.Fail(options.Packed.bind(b.state))
	}
	for _, t := range b.state.tensors {
		b.found[t] = true
	}
	b.Fail(checkRules(options.Unfused))
	return b
}

// errNoBuilder is the error of a Builder that is nil, or not NewBuilder's.
var errNoBuilder = errors.New("graph: want a Builder of NewBuilder, got one that is nil or empty")

// made tells whether the builder is NewBuilder's, or a scope of such a one.
func (b *Builder) made() bool { return b != nil && b.construction != nil }

// Scope is a view of the builder that puts the name and a dot before the name of
// every layer, parameter and input, as a module does in PyTorch.
func (b *Builder) Scope(name string) *Builder {
	if !b.made() {
		return &Builder{}
	}
	return &Builder{b.construction, b.full(name) + ".", b.shared}
}

// Name is the name of the scope, such as layer1.0, and nothing at the top.
func (b *Builder) Name() string {
	if !b.made() {
		return ""
	}
	return strings.TrimSuffix(b.scope, ".")
}

// full is a layer's name with the scope's before it.
func (b *Builder) full(name string) string { return b.scope + name }

// Graph is the expression graph, for adding nodes of one's own.
func (b *Builder) Graph() *gorgonia.ExprGraph {
	if !b.made() {
		return nil
	}
	return b.graph
}

// State is the set of named tensors that the graph is built over.
func (b *Builder) State() *State {
	if !b.made() {
		return nil
	}
	return b.state
}

// Training tells whether this is a training graph.
func (b *Builder) Training() bool { return b.made() && b.options.Training }

// Packed tells whether this is a graph with packed weights, for answers alone.
func (b *Builder) Packed() bool { return b.made() && b.options.Packed != nil }

// Params are the parameters used so far, in order of use, without frozen ones; a graph
// with packed weights has none.
func (b *Builder) Params() gorgonia.Nodes {
	if !b.made() {
		return nil
	}
	return slices.Clone(b.params)
}

// Err is the first error met in building, or nil.
func (b *Builder) Err() error {
	if !b.made() {
		return errNoBuilder
	}
	return b.err
}

// Fail records an error unless there is one already, for blocks that check their
// arguments.
func (b *Builder) Fail(err error) {
	if b.Err() == nil {
		b.err = err
	}
}

func (b *Builder) failf(format string, args ...any) *gorgonia.Node {
	b.Fail(errors.Errorf("graph: "+format, args...))
	return nil
}

// differentiable tells whether a gradient flows to n: it is a parameter, an
// input of the user's own making, or computed from one.
func (b *Builder) differentiable(n *gorgonia.Node) bool {
	if l, known := b.leaves[n]; known {
		return l == leafParameter
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
			b.failf("%s: want an input of float32, got %v %v", b.full(layer), n.Dtype(), n.Shape())
			return false
		}
	}
	return true
}

// present tells whether there was no error so far and all inputs are nodes of
// this graph.
func (b *Builder) present(layer string, inputs ...*gorgonia.Node) bool {
	if b.Err() != nil {
		return false
	}
	for _, n := range inputs {
		if n == nil {
			b.failf("%s: an input node is nil", b.full(layer))
			return false
		}
		if n.Graph() != b.graph && b.fixed[n] == nil {
			b.failf("%s: an input node belongs to another graph", b.full(layer))
			return false
		}
	}
	return true
}

// apply adds the operation to the graph. Unless d.wrt is set, a gradient is
// wanted for every input to which one flows.
func (b *Builder) apply(layer string, d definition, inputs ...*gorgonia.Node) *gorgonia.Node {
	if !b.present(layer, inputs...) {
		return nil
	}
	if len(d.out) > 0 {
		if _, ok := b.size("output of", layer, d.out, largestOutput); !ok {
			return nil
		}
	}
	o := &op{definition: d, layer: b.full(layer), building: b.construction, inputs: inputs, backward: b.backward}
	if b.compiled != nil {
		return b.failf("%v: this graph is compiled; build another to add to it", o)
	}
	o.in = make([]signature, len(inputs))
	o.fixed = make([]*Tensor, len(inputs))
	for i, n := range inputs {
		o.in[i] = signature{n.Dtype(), n.Shape().Clone()}
		o.fixed[i] = b.fixed[n]
	}
	nodes := o.nodes()
	switch {
	case b.options.Packed != nil:
		o.diff, o.wrt = nil, make([]bool, len(nodes))
	case o.wrt == nil:
		o.wrt = make([]bool, len(inputs))
		for i, n := range inputs {
			o.wrt[i] = o.diff != nil && b.differentiable(n)
		}
	}
	b.shortcuts.join(b.construction, o)
	b.prefixes.join(b.construction, o)
	o.id = b.hashes.distinguish(b.construction, o)
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

// hashes are those of the nodes so far. Gorgonia compares nodes by 32-bit hashes,
// so two of a deep network's would coincide now and then, and one of them would
// silently stand for both.
type hashes struct {
	nodes map[uint32]*gorgonia.Node
	known int // how many of the graph's nodes are in nodes
}

// distinguish numbers an operation such that the hash of its node is new.
func (h *hashes) distinguish(c *construction, o *op) uint64 {
	all := c.graph.AllNodes()
	for _, n := range all[min(h.known, len(all)):] {
		h.nodes[n.Hashcode()] = n
	}
	h.known = len(all)
	o.id = uint64(c.options.Salt)<<32 | uint64(len(c.ops))
	for h.nodes[o.nodeHash()] != nil {
		o.id += 1 << 24 // beyond the numbers of this graph's other operations
	}
	return o.id
}

// collision finds two nodes that Gorgonia would merge.
func (c *construction) collision() error {
	seen := make(map[uint32]*gorgonia.Node)
	for _, n := range c.graph.AllNodes() {
		if other := seen[n.Hashcode()]; other != nil {
			return errors.Errorf("graph: nodes %v and %v have the same hash and Gorgonia would merge them; build again with another Options.Salt", n, other)
		}
		seen[n.Hashcode()] = n
	}
	return nil
}

// Gradients differentiates the loss with respect to every parameter used, and
// returns the gradients in the order of Params. It can be called once.
func (b *Builder) Gradients(loss *gorgonia.Node) (grads gorgonia.Nodes) {
	if !b.ready("gradients", loss) {
		return nil
	}
	if b.options.Packed != nil {
		b.failf("differentiating: a graph with packed weights has no gradients")
		return nil
	}
	if b.gradients != nil {
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
	for _, n := range b.graph.AllNodes() {
		if _, known := b.leaves[n]; !known && n.Op() == nil && n.Dtype() == tensor.Float32 && n.Shape().Dims() > 0 {
			b.failf("differentiating: %s is a leaf of the graph that the builder did not make, and would stay as it is; use Builder.Parameter for what is to be trained and Builder.Input for what is given", n.Name())
			return nil
		}
	}
	b.backward = true
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
