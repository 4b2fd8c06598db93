package graph

import (
	"fmt"
	"slices"
	"strings"

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
	return []int{0, 1, 2, 3, 4, 5, 6, 7}[:dims]
}

// Tensor is a named tensor of float32: a parameter or a buffer.
type Tensor struct {
	Name      string // PyTorch's, such as layer1.0.conv1.weight
	Trainable bool   // false for buffers such as running statistics
	Layout    Layout
	value     *tensor.Dense
}

// Shape is the shape in memory.
func (t *Tensor) Shape() []int { return t.value.Shape() }

// Data is the memory, shared with every graph over the state.
func (t *Tensor) Data() []float32 { return t.value.Float32s() }

// TorchShape is the shape in PyTorch.
func (t *Tensor) TorchShape() []int {
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

// Torch returns a copy of the data in PyTorch's layout.
func (t *Tensor) Torch() []float32 { return t.ToTorch(t.Data()) }

// SetTorch sets the data from a copy in PyTorch's layout, of TorchShape.
func (t *Tensor) SetTorch(data []float32) error { return t.FromTorch(t.Data(), data) }

// ToTorch returns src, something of the tensor's shape such as its velocity, in
// PyTorch's layout.
func (t *Tensor) ToTorch(src []float32) []float32 {
	out := make([]float32, len(src))
	t.walk(func(here, there int) { out[there] = src[here] })
	return out
}

// FromTorch is the way back of ToTorch.
func (t *Tensor) FromTorch(dst, src []float32) error {
	if len(dst) != len(t.Data()) || len(src) != len(dst) {
		return errors.Errorf("graph: %s: want %d values, got %d", t.Name, len(t.Data()), len(src))
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
	for here := range t.Data() {
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
type State struct {
	tensors []*Tensor
	byName  map[string]*Tensor
}

// NewState returns an empty state; builders fill it.
func NewState() *State { return &State{byName: map[string]*Tensor{}} }

// Tensors are all tensors in order of creation.
func (s *State) Tensors() []*Tensor { return slices.Clone(s.tensors) }

// Get is the tensor of that name, nil if there is none.
func (s *State) Get(name string) *Tensor { return s.byName[name] }

// Parameters is the number of trainable values.
func (s *State) Parameters() int {
	n := 0
	for _, t := range s.tensors {
		if t.Trainable {
			n += len(t.Data())
		}
	}
	return n
}

// obtain finds the tensor or makes it.
func (s *State) obtain(name string, layout Layout, trainable bool, shape tensor.Shape, seed uint64, init initializer) (*Tensor, error) {
	if t := s.byName[name]; t != nil {
		if !shape.Eq(t.value.Shape()) {
			return nil, errors.Errorf("graph: %s: want shape %v, the state holds %v", name, shape, t.Shape())
		}
		if t.Layout != layout || t.Trainable != trainable {
			return nil, errors.Errorf("graph: %s: the state holds it for another kind of layer", name)
		}
		return t, nil
	}
	t := &Tensor{Name: name, Trainable: trainable, Layout: layout,
		value: tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(shape...))}
	init(t.Data(), stream(seed, name))
	s.tensors = append(s.tensors, t)
	s.byName[name] = t
	return t, nil
}

// Arrays returns the tensors as arrays under PyTorch's names and in its layout.
func (s *State) Arrays() []weights.Array {
	out := make([]weights.Array, len(s.tensors))
	for i, t := range s.tensors {
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
		} else if len(a.Data) != len(t.Data()) {
			wrong.Shapes = append(wrong.Shapes, fmt.Sprintf("%s has %d values, want %d", t.Name, len(a.Data), len(t.Data())))
		}
	}
	if len(wrong.Missing)+len(wrong.Shapes)+len(wrong.Unexpected) > 0 {
		return errors.WithMessage(wrong, "graph")
	}
	return nil
}
