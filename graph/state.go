package graph

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Layout says how a tensor lies in memory here, against PyTorch.
type Layout int

const (
	// Plain tensors lie the same way in both.
	Plain Layout = iota
	// HWIO are convolution weights [height width in out]; OIHW in PyTorch.
	HWIO
	// HWIOFlat are the same where PyTorch has a linear layer on the flattened
	// picture: [out in*height*width].
	HWIOFlat
	// IO are weights of linear layers [in out]; [out in] in PyTorch.
	IO
)

// foreign lists, for each dimension in PyTorch, the dimension here.
func (l Layout) foreign(dims int) []int {
	switch {
	case (l == HWIO || l == HWIOFlat) && dims == 4:
		return []int{3, 2, 0, 1}
	case l == IO && dims == 2:
		return []int{1, 0}
	}
	same := make([]int, dims)
	for i := range same {
		same[i] = i
	}
	return same
}

// Tensor is a named tensor of float32: a parameter or a buffer.
type Tensor struct {
	Name      string // PyTorch's, such as layer1.0.conv1.weight
	Trainable bool   // false for buffers such as running statistics
	Layout    Layout

	state *State
	shape tensor.Shape

	mu     sync.Mutex  // held while it is drawn
	drawn  atomic.Bool // value is there; before it is as init and seed say
	init   Initializer
	fan    Fan
	seed   uint64
	memory []float32 // nil once it is detached
}

// made tells whether the tensor is one of a State: Get's of a name that is not there is
// nil, and has no values.
func (t *Tensor) made() bool { return t != nil && t.state != nil }

// Shape is the shape in memory.
func (t *Tensor) Shape() []int {
	if !t.made() {
		return nil
	}
	return t.shape
}

// Data is the memory, shared with every graph over the state, to be read and written.
// Asking for it counts as a change of the State (see State.Version): a predictor takes
// in the weights again at its next answer. Who keeps the slice and writes to it later
// calls State.Changed then. It is nil of a tensor that is detached, see
// PackedWeights.Detach.
func (t *Tensor) Data() []float32 {
	if !t.made() {
		return nil
	}
	t.state.Changed()
	return t.data()
}

// data is the memory, to be read.
func (t *Tensor) data() []float32 {
	if !t.drawn.Load() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.drawn.Load() {
			t.init(t.memory, t.fan, stream(t.seed, t.Name))
			t.drawn.Store(true)
		}
	}
	return t.memory
}

// size is the number of values.
func (t *Tensor) size() int { return tensor.Shape(t.Shape()).TotalSize() }

// TorchShape is the shape in PyTorch.
func (t *Tensor) TorchShape() []int {
	if !t.made() {
		return nil
	}
	shape := t.Shape()
	out := make([]int, len(shape))
	for i, d := range t.Layout.foreign(len(shape)) {
		out[i] = shape[d]
	}
	if t.Layout == HWIOFlat {
		return []int{out[0], out[1] * out[2] * out[3]}
	}
	return out
}

// errNoTensor is the error of setting a tensor that is of no State.
var errNoTensor = errors.New("graph: want a tensor of a State, got none; is there one of that name?")

// Torch returns a copy of the data in PyTorch's layout.
func (t *Tensor) Torch() []float32 {
	if !t.made() {
		return nil
	}
	return t.ToTorch(t.data())
}

// SetTorch sets the data from a copy in PyTorch's layout, of TorchShape.
func (t *Tensor) SetTorch(data []float32) error {
	if !t.made() {
		return errNoTensor
	}
	if err := t.FromTorch(t.memory, data); err != nil {
		return err
	}
	t.drawn.Store(true)
	t.state.Changed()
	return nil
}

// ToTorch returns src, something of the tensor's shape such as its velocity, in
// PyTorch's layout; nil where there are not as many values.
func (t *Tensor) ToTorch(src []float32) []float32 {
	if !t.made() || len(src) != t.size() {
		return nil
	}
	out := make([]float32, len(src))
	t.walk(func(here, there int) { out[there] = src[here] })
	return out
}

// FromTorch is the way back of ToTorch.
func (t *Tensor) FromTorch(dst, src []float32) error {
	if !t.made() {
		return errNoTensor
	}
	if len(dst) != t.size() || len(src) != len(dst) {
		return errors.Errorf("graph: %s: want %d values, got %d", t.Name, t.size(), len(src))
	}
	t.walk(func(here, there int) { dst[here] = src[there] })
	return nil
}

// walk visits every element with its place here and its place in PyTorch.
func (t *Tensor) walk(visit func(here, there int)) {
	shape := t.Shape()
	perm := t.Layout.foreign(len(shape))
	step := make([]int, len(shape)) // in PyTorch, of each dimension here
	for i, n := len(perm)-1, 1; i >= 0; i-- {
		step[perm[i]] = n
		n *= shape[perm[i]]
	}
	index := make([]int, len(shape))
	there := 0
	for here := range t.size() {
		visit(here, there)
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			there += step[d]
			if index[d] < shape[d] {
				break
			}
			there -= shape[d] * step[d]
			index[d] = 0
		}
	}
}

// State is an ordered set of named tensors: the parameters and buffers of a
// network. It outlives graphs: a training graph and inference graphs of any
// batch size are built over one State and share its memory.
//
// New parameters are drawn from their seed when they are first looked at, so what is
// loaded is never drawn before.
type State struct {
	tensors []*Tensor
	byName  map[string]*Tensor
	version atomic.Uint64
}

// NewState returns an empty state; builders fill it.
func NewState() *State { return &State{byName: map[string]*Tensor{}} }

// Version tells whether the values may have changed: it is another after every change.
// Changes are what sets tensors, a run of a training graph, Machine.Params (a solver
// writes next), and Tensor.Data, which hands out the memory; what is written to memory
// that somebody kept is one when Changed says so. Predictors and graphs with
// Options.Packed take in the weights anew at the first run after a change, all of them
// together.
func (s *State) Version() uint64 {
	if s == nil {
		return 0
	}
	return s.version.Load()
}

// Changed gives the State another version. It is to be called after writing to memory
// that Tensor.Data or a parameter's node gave away earlier.
func (s *State) Changed() {
	if s != nil {
		s.version.Add(1)
	}
}

// draw draws what nobody has looked at yet.
func (s *State) draw() {
	for _, t := range s.tensors {
		t.data()
	}
}

// Tensors are all tensors in order of creation.
func (s *State) Tensors() []*Tensor {
	if s == nil {
		return nil
	}
	return slices.Clone(s.tensors)
}

// Get is the tensor of that name, nil if there is none.
func (s *State) Get(name string) *Tensor {
	if s == nil {
		return nil
	}
	return s.byName[name]
}

// Parameters is the number of trainable values.
func (s *State) Parameters() int {
	n := 0
	for _, t := range s.Tensors() {
		if t.Trainable {
			n += t.size()
		}
	}
	return n
}

// obtain finds the tensor or makes it.
func (s *State) obtain(name string, layout Layout, trainable bool, shape tensor.Shape, seed uint64, init Initializer, fan Fan) (*Tensor, error) {
	if t := s.byName[name]; t != nil {
		if !shape.Eq(t.shape) {
			return nil, errors.Errorf("graph: %s: want shape %v, the state holds %v", name, shape, t.Shape())
		}
		if t.Layout != layout || t.Trainable != trainable {
			return nil, errors.Errorf("graph: %s: the state holds it for another kind of layer", name)
		}
		return t, nil
	}
	t := &Tensor{Name: name, Trainable: trainable, Layout: layout, state: s,
		shape: shape.Clone(), init: init, fan: fan, seed: seed, memory: make([]float32, shape.TotalSize())}
	if s.byName == nil { // of a State that is not NewState's
		s.byName = map[string]*Tensor{}
	}
	s.tensors = append(s.tensors, t)
	s.byName[name] = t
	return t, nil
}

// errNoState is the error of loading into a State that is nil.
var errNoState = errors.New("graph: want a State, got nil; make one with NewState")

// Arrays returns the tensors as arrays under PyTorch's names and in its layout.
func (s *State) Arrays() []weights.Array {
	tensors := s.Tensors()
	out := make([]weights.Array, len(tensors))
	for i, t := range tensors {
		out[i] = weights.Array{Name: t.Name, Shape: t.TorchShape(), Data: t.Torch()}
	}
	return out
}

// SetArrays sets every tensor from the array of its name, in PyTorch's layout.
// Where they do not fit (see CheckArrays) nothing is changed.
func (s *State) SetArrays(arrays []weights.Array, ignore func(name string) bool) error {
	if err := s.CheckArrays(arrays, ignore); err != nil {
		return err
	}
	for _, a := range arrays {
		if t := s.byName[a.Name]; t != nil {
			if err := t.SetTorch(a.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckArrays tells whether there is an array of the right shape for every
// tensor, and none besides but those that ignore says to pass over, and PyTorch's
// num_batches_tracked, which counts what nothing here depends on. The error is a
// weights.MisfitError, with every tensor that is missing, unexpected, given twice or of
// another shape.
func (s *State) CheckArrays(arrays []weights.Array, ignore func(name string) bool) error {
	if s == nil {
		return errNoState
	}
	given := make(map[string]weights.Array, len(arrays))
	wrong := &weights.MisfitError{Of: len(s.tensors)}
	for _, a := range arrays {
		wrong.Tensors = append(wrong.Tensors, weights.Spec{Name: a.Name, Shape: a.Shape})
		if _, twice := given[a.Name]; twice {
			wrong.Unexpected = append(wrong.Unexpected, "twice "+a.Name)
		} else if s.byName[a.Name] != nil {
			given[a.Name] = a
		} else if !strings.HasSuffix(a.Name, ".num_batches_tracked") && (ignore == nil || !ignore(a.Name)) {
			wrong.Unexpected = append(wrong.Unexpected, a.Name)
		}
	}
	for _, t := range s.tensors {
		a, ok := given[t.Name]
		if !ok {
			wrong.Missing = append(wrong.Missing, t.Name)
		} else if !slices.Equal(a.Shape, t.TorchShape()) {
			wrong.Shapes = append(wrong.Shapes, fmt.Sprintf("%s has shape %v, want %v", t.Name, a.Shape, t.TorchShape()))
		} else if len(a.Data) != t.size() {
			wrong.Shapes = append(wrong.Shapes, fmt.Sprintf("%s has %d values, want %d", t.Name, len(a.Data), t.size()))
		}
	}
	if len(wrong.Missing)+len(wrong.Shapes)+len(wrong.Unexpected) > 0 {
		return errors.WithMessage(wrong, "graph")
	}
	return nil
}
