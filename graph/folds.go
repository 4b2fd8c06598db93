package graph

import (
	"slices"
	"sync"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Folds are weights as inference runs with them, batch norms folded in, for the Frozen
// graphs of one network over one State that share it: see Options. They are those of
// one version of the State: after a change the next run makes all of them anew. The
// zero value has none yet; the first graph that runs makes them.
type Folds struct {
	mu      sync.Mutex
	state   *State
	version uint64
	of      map[string][]kernel.Folded // by what is folded; several where shapes want another layout
	folded  map[string]*Tensor         // that are in of
	affine  map[string]affine          // of batch norms that are folded into nothing
}

// affine is what a batch norm multiplies by and adds, by channel.
type affine struct{ scale, shift []float32 }

// bind makes the folds those of a state.
func (f *Folds) bind(state *State) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state != nil && f.state != state {
		return errors.New("graph: these Folds are of another State; every State needs its own")
	}
	f.state = state
	return nil
}

// settle gives a graph the weights of the state as it is, and says of which version
// they are. What other graphs run with at the moment is left to them.
func (f *Folds) settle(b *Builder) (version uint64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.draw()
	if version = f.state.Version(); f.of == nil || version != f.version {
		f.of, f.folded, f.affine, f.version = map[string][]kernel.Folded{}, map[string]*Tensor{}, map[string]affine{}, version
	}
	for _, o := range b.ops {
		switch {
		case o.pack != nil:
			if o.pack.folded, err = f.fold(o.pack); err != nil {
				return 0, err
			}
		case o.norm != nil && o.norm.of == f:
			f.settleNorm(o)
		}
	}
	return version, nil
}

// fold returns the weights, made once for all pictures whose sizes let them lie the
// same way.
func (f *Folds) fold(p *pack) (kernel.Folded, error) {
	if known, ok := f.find(p); ok {
		return known, nil
	}
	made, err := p.fold()
	if err == nil {
		f.of[p.key] = append(f.of[p.key], made)
		f.folded[p.weight.Name] = p.weight
	}
	return made, err
}

func (f *Folds) find(p *pack) (kernel.Folded, bool) {
	for _, known := range f.of[p.key] {
		if same, ok := known.Like(p.conv); ok {
			return same, true
		}
	}
	return kernel.Folded{}, false
}

// has tells whether the weights are there.
func (f *Folds) has(p *pack) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.find(p)
	return ok && f.version == f.state.Version()
}

func (f *Folds) settleNorm(o *op) {
	key := o.fixed[1].Name
	a, ok := f.affine[key]
	if !ok {
		o.norm.prepare(nil, o.fixed[1].memory, o.fixed[2].memory)
		a = affine{slices.Clone(o.norm.scale), slices.Clone(o.norm.shift)}
		f.affine[key] = a
	}
	o.norm.fixed = a
}

// Fold takes in the weights of a Frozen graph as its first run would, without memory
// for running. The nodes to keep are those of Compile.
func (b *Builder) Fold(keep ...*gorgonia.Node) error {
	switch {
	case b.err != nil:
		return b.err
	case b.folds == nil:
		return errors.New("graph: only a Frozen graph takes in its weights")
	case b.compiled == nil:
		b.pair(keep)
	}
	return b.settle()
}

// Detach takes from the State the memory of the weights that are folded here, so that
// who only predicts has them once. The State is then good for Frozen graphs with these
// Folds alone, whose batches need weights that lie as those there (see Builder.Fold);
// Data of what was taken is nil. Nothing may change the State any more, and no graph of
// another kind be over it.
func (f *Folds) Detach() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.folded {
		t.memory = nil
	}
}
