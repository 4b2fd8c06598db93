package graph

import (
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/internal/memory"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// leaf is what a node without an operation stands for.
type leaf int

const (
	leafInput     leaf = iota + 1 // given by the caller, without a gradient
	leafParameter                 // trained
	leafFrozen                    // a parameter that is taken as it is
)

// Input adds a float32 input of the given shape, such as a batch of images
// [N H W C], with memory of its own (see Floats). No gradient is computed for
// it; of a Parameter there is one.
func (b *Builder) Input(name string, shape ...int) *gorgonia.Node {
	return b.input(name, tensor.Float32, shape)
}

// Labels adds an int32 input of n class numbers; negative ones are ignored by
// the loss.
func (b *Builder) Labels(name string, n int) *gorgonia.Node {
	return b.input(name, tensor.Int32, tensor.Shape{n})
}

func (b *Builder) input(name string, dtype tensor.Dtype, shape tensor.Shape) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	size, ok := b.size("input", name, shape, largestInput)
	if !ok {
		return nil
	}
	n := b.placeholder(name, dtype, shape, leafInput)
	if n != nil {
		b.inputs = append(b.inputs, n)
		if size <= largeInput && !b.inArena(n) {
			b.Fail(makeInput(n))
		}
	}
	return n
}

// size is how many values there are in a shape, which may be so many at most.
func (b *Builder) size(what, name string, shape tensor.Shape, most int64) (size int64, ok bool) {
	if len(shape) == 0 || slices.Min(shape) < 1 {
		b.failf("%s %s: every dimension must be at least 1, got %v", what, b.full(name), shape)
		return 0, false
	}
	size = 1
	for _, d := range shape {
		if size > most/int64(d) {
			b.failf("%s %s: %v is too large", what, b.full(name), shape)
			return 0, false
		}
		size *= int64(d)
	}
	return size, true
}

const (
	// largestInput is how many values an input or a parameter may have, 64 GiB.
	largestInput = 1 << 34
	// largestOutput is how many values an operation may have: more than there is memory
	// for, which Compile then says, and so few that no sum of sizes overflows.
	largestOutput = 1 << 48
	// largeInput is from where on an input gets its memory when the graph is
	// compiled, which may be refused.
	largeInput = 1 << 28
)

// makeInput makes the memory of an input.
func makeInput(input *gorgonia.Node) error {
	return gorgonia.Let(input, tensor.New(tensor.Of(input.Dtype()), tensor.WithShape(input.Shape()...)))
}

// placeholder adds a node that is given a value later. Gorgonia would silently take
// two inputs of one name for the same, so a name is used once.
func (b *Builder) placeholder(name string, dtype tensor.Dtype, shape tensor.Shape, kind leaf) *gorgonia.Node {
	name = b.full(name)
	if b.compiled != nil {
		return b.failf("%s: this graph is compiled; build another to add to it", name)
	}
	if b.names[name] != nil {
		return b.failf("%s is in this graph already; names are used once", name)
	}
	n := gorgonia.NewTensor(b.graph, dtype, shape.Dims(), gorgonia.WithName(name), gorgonia.WithShape(shape...))
	b.leaves[n], b.names[name] = kind, n
	return n
}

// Parameter adds a trainable tensor of one's own, made by init if the state lacks
// it: it is trained, saved, frozen and counted like those of the layers. In files
// it lies as it does here.
func (b *Builder) Parameter(name string, init Initializer, shape ...int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if init == nil {
		return b.failf("parameter %s: want an initializer; Constant(0) is one", b.full(name))
	}
	return b.parameter(name, Plain, shape, init, Fan{})
}

// affords tells whether there is memory for a parameter that the state lacks. It gets
// it at once, and Go ends the process where the system has none.
func (b *Builder) affords(name string, size int64) bool {
	if b.state.byName[b.full(name)] != nil {
		return true
	}
	available, err := memory.Available(4 * size)
	if err == nil && 4*size > available {
		err = errors.Errorf("graph: parameter %s takes %s and %s are available (%s=off tries all the same)", b.full(name), memory.Format(4*size), memory.Format(available), memory.Variable)
	}
	b.Fail(err)
	return err == nil
}

// parameter adds a trainable tensor, made by init if the state lacks it.
func (b *Builder) parameter(name string, layout Layout, shape tensor.Shape, init Initializer, fan Fan) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	size, ok := b.size("parameter", name, shape, largestInput)
	if !ok || size > largeInput && !b.affords(name, size) {
		return nil
	}
	full := b.full(name)
	t, err := b.state.obtain(full, layout, true, shape, b.options.Seed, init, fan)
	if err != nil {
		b.Fail(err)
		return nil
	}
	if n := b.names[full]; b.shared && n != nil {
		return n
	}
	if b.options.Packed != nil {
		return b.fix(full, t)
	}
	kind := leafParameter
	if b.frozen(full) {
		kind = leafFrozen
	}
	n := b.placeholder(name, tensor.Float32, shape, kind)
	if n == nil {
		return nil
	}
	// A header of this graph's own over the state's memory: Gorgonia writes to it
	// when a machine is made, and other graphs may be running.
	b.Fail(gorgonia.Let(n, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.memory))))
	if kind == leafParameter {
		b.params = append(b.params, n)
	}
	return n
}

// fix makes the node of a parameter that is packed. It stands in the lists of inputs of
// operations, but outside the graph: the operations have the weights.
func (b *Builder) fix(name string, t *Tensor) *gorgonia.Node {
	if b.names[name] != nil {
		return b.failf("%s is in this graph already; names are used once", name)
	}
	n := gorgonia.NewTensor(gorgonia.NewGraph(), tensor.Float32, len(t.shape), gorgonia.WithName(name), gorgonia.WithShape(t.shape...))
	b.fixed[n], b.leaves[n], b.names[name] = t, leafFrozen, n
	return n
}

// frozen tells whether the options say to take a layer or a parameter, of that
// full name, as given.
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
	if b.Err() != nil {
		return
	}
	t := b.state.Get(b.full(name))
	if t == nil {
		b.failf("cannot initialize %s: there is no such tensor", b.full(name))
		return
	}
	if !b.found[t] {
		Constant(value)(t.memory, Fan{}, nil)
		t.drawn.Store(true)
		b.state.Changed()
	}
}

// InitializeBy makes a tensor start as init draws it, if it was this builder that made
// it and nobody has looked at its values yet.
func (b *Builder) InitializeBy(name string, init Initializer) {
	if b.Err() != nil {
		return
	}
	switch t := b.state.Get(b.full(name)); {
	case t == nil || init == nil:
		b.failf("cannot initialize %s: there is no such tensor, or no initializer", b.full(name))
	case !b.found[t]:
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.drawn.Load() {
			t.init = init
		}
	}
}

// buffer finds or makes a tensor that is not trained, such as running statistics.
func (b *Builder) buffer(name string, shape tensor.Shape, value float32) *Tensor {
	if b.Err() != nil {
		return nil
	}
	t, err := b.state.obtain(b.full(name), Plain, false, shape, b.options.Seed, Constant(value), Fan{})
	b.Fail(err)
	return t
}
