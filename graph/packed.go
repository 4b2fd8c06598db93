package graph

import (
	"sync"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// PackedWeights are weights as inference runs with them: lying as the kernels want
// them, with batch norms and biases folded in. The inference graphs of one network over
// one State share them: see Options. They are those of one version of the State: after
// a change the next run makes all of them anew. The zero value has none yet; the first
// graph that runs makes them.
type PackedWeights struct {
	mu      sync.Mutex
	state   *State
	version uint64
	of      map[string][]*kernel.Folded // by what is packed; several where shapes want another layout
	packed  map[string]*Tensor          // that are in of
	affine  map[string]affine           // of batch norms that are folded into nothing
}

// affine is what a batch norm multiplies by and adds, by channel.
type affine struct{ scale, shift []float32 }

// bind makes the weights those of a state.
func (w *PackedWeights) bind(state *State) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != nil && w.state != state {
		return errors.New("graph: these PackedWeights are of another State; every State needs its own")
	}
	w.state = state
	return nil
}

// take gives a graph the weights of the state as it is, and says of which version
// they are. What other graphs run with at the moment is left to them.
func (w *PackedWeights) take(c *construction) (version uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.draw()
	if version = w.state.Version(); w.of == nil || version != w.version {
		w.of, w.packed, w.affine, w.version = map[string][]*kernel.Folded{}, map[string]*Tensor{}, map[string]affine{}, version
	}
	for _, o := range c.ops {
		switch {
		case o.absorbedBy != nil && o.absorbedBy.start != o:
		case o.pack != nil:
			if o.pack.folded, err = w.pack(o.pack); err != nil {
				return 0, err
			}
		case o.norm() != nil:
			w.takeNorm(o)
		}
	}
	return version, nil
}

// pack returns the weights, made once for all pictures whose sizes let them lie the
// same way.
func (w *PackedWeights) pack(p *pack) (*kernel.Folded, error) {
	if known, ok := w.find(p); ok {
		return known, nil
	}
	made, err := p.make()
	if err == nil {
		w.of[p.key] = append(w.of[p.key], made)
		w.packed[p.weight.Name] = p.weight
	}
	return made, err
}

func (w *PackedWeights) find(p *pack) (*kernel.Folded, bool) {
	for _, known := range w.of[p.key] {
		if same, ok := known.With(p.conv); ok {
			return same, true
		}
	}
	return nil, false
}

// has tells whether the weights are there.
func (w *PackedWeights) has(p *pack) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.find(p)
	return ok && w.version == w.state.Version()
}

// takeNorm settles a batch norm that is folded into nothing.
func (w *PackedWeights) takeNorm(o *op) {
	n, key := o.norm(), o.fixed[1].Name
	a, ok := w.affine[key]
	if !ok {
		n.scale, n.shift = make([]float32, len(n.scale)), make([]float32, len(n.shift)) // others may run with those
		n.prepare(nil, o.fixed[1].memory, o.fixed[2].memory)
		a = affine{n.scale, n.shift}
		w.affine[key] = a
	}
	n.scale, n.shift = a.scale, a.shift
}

// Detach takes from the State the memory of the weights that are packed here, so that
// who only predicts has them once. The State is then good for graphs with these
// PackedWeights alone, whose batches need weights that lie as those there (see
// Builder.Pack); Data of what was taken is nil. Nothing may change the State any more,
// and no graph of another kind be over it.
func (w *PackedWeights) Detach() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.packed {
		t.memory = nil
	}
}

// Pack takes in the weights of a graph with Options.Packed as its first run would,
// without memory for running. The nodes to keep are those of Compile.
func (b *Builder) Pack(keep ...*gorgonia.Node) error {
	switch {
	case b.Err() != nil:
		return b.Err()
	case b.options.Packed == nil:
		return errors.New("graph: only a graph with Options.Packed takes in its weights")
	case b.compiled == nil:
		b.fuse(keep)
	}
	return b.takeWeights()
}

// takeWeights takes in the packed weights if there are others since the last run.
func (c *construction) takeWeights() error {
	if c.options.Packed == nil || c.taken && c.version == c.state.Version() {
		return nil
	}
	version, err := c.options.Packed.take(c)
	if err == nil {
		c.version, c.taken = version, true
	}
	return err
}

// pack is what an operation runs with in place of its parameters: a convolution, or a
// matrix product, with what is added to it and the norm and scale behind it in its weights.
type pack struct {
	tail
	key    string // among the PackedWeights
	conv   *kernel.Algorithm
	head   *op // that has the picture: the convolution, or the product
	weight *Tensor
	bias   *Tensor // nil without one
	folded *kernel.Folded
}

// packs finds the operations that have weights to pack and makes them run with those,
// and batch norms that are folded into nothing with their settled scale and shift.
func (c *construction) packs() {
	biases := map[*op]*Tensor{}
	for _, o := range c.ops {
		if o.kind == KindBias && o.fixed[1] != nil {
			biases[opOf(o.inputs[0])] = o.fixed[1]
		}
	}
	for _, o := range c.ops {
		head := o
		if o.absorbed != nil {
			head = o.absorbed
		}
		switch {
		case o.absorbedBy != nil:
		case head.product() != nil && head.fixed[1] != nil:
			o.runPacked(newPack(o, head, biases[head]))
		case o.norm() != nil:
			n := o.norm()
			o.execute = func(y []float32, in []operand) { n.forward(y, in) }
		}
	}
}

func newPack(o, head *op, bias *Tensor) *pack {
	p := &pack{tail: o.tail(head), head: head, weight: head.fixed[1], key: head.fixed[1].Name, conv: head.product()}
	if head.kind == KindLinear {
		p.bias = head.fixed[2]
	} else if head != o {
		p.bias = bias
	}
	var norm *Tensor
	if p.norm != nil {
		norm = p.norm.fixed[1]
	}
	for _, t := range []*Tensor{p.bias, norm, p.scale} {
		p.key += " " // what is folded in is part of the name
		if t != nil {
			p.key += t.Name
		}
	}
	return p
}

// make computes the weights.
func (p *pack) make() (*kernel.Folded, error) {
	if p.weight.memory == nil {
		return nil, errors.Errorf("graph: %s is detached from its State, and not packed for such a batch", p.weight.Name)
	}
	scale, shift := make([]float32, p.conv.K), make([]float32, p.conv.K)
	Constant(1)(scale, Fan{}, nil)
	if p.norm != nil {
		n := p.norm.norm()
		n.prepare(nil, p.norm.fixed[1].memory, p.norm.fixed[2].memory)
		copy(scale, n.scale)
		copy(shift, n.shift)
	}
	if p.bias != nil {
		for i, v := range p.bias.memory {
			shift[i] += v * scale[i]
		}
	}
	if p.scale != nil {
		for i, v := range p.scale.memory {
			scale[i] *= v
			shift[i] *= v
		}
	}
	return p.conv.Fold(p.weight.memory, scale, shift), nil
}

// runPacked makes the operation run with its pack.
func (o *op) runPacked(p *pack) {
	o.pack = p
	o.folds = p.conv
	o.execute = func(y []float32, _ []operand) {
		var shortcut []float32
		if p.adder != nil {
			shortcut = p.adder.args[p.shortcut].f
		}
		if before := o.start; before != nil {
			made, x := before.prologue()
			p.folded.ForwardOf(made, y, x, shortcut, p.activation.kernel())
			return
		}
		p.folded.Forward(y, p.head.args[0].f, shortcut, p.activation.kernel())
	}
}
