package graph

import (
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// LoadOptions say what of the arrays that Load is given may differ from the
// state. The zero value lets nothing differ.
type LoadOptions struct {
	// Ignore says which arrays to pass over.
	Ignore func(name string) bool

	// Fresh are prefixes, such as "fc.", of tensors that may keep the values they
	// have. Where one tensor of a prefix has no array of its shape, all of the
	// prefix keep their values: a new head for other classes.
	Fresh []string
}

// Load sets every tensor from the array of its name, in PyTorch's layout, and
// returns the names of the tensors that kept their values. Shapes that differ only
// by 1s at the end, as of a 1x1 convolution and of a linear layer, are the same.
// Where the arrays do not fit, one error lists every difference (see CheckArrays)
// and nothing is changed.
func (s *State) Load(arrays []weights.Array, o LoadOptions) (fresh []string, err error) {
	given := slices.Clone(arrays)
	for i, a := range given {
		if t := s.byName[a.Name]; t != nil && slices.Equal(withoutOnes(a.Shape), withoutOnes(t.TorchShape())) {
			given[i].Shape = t.TorchShape()
		}
	}
	for _, prefix := range o.Fresh {
		of := func(a weights.Array) bool { return strings.HasPrefix(a.Name, prefix) }
		if s.fits(given, of) {
			continue
		}
		given = slices.DeleteFunc(given, of)
		for _, t := range s.tensors {
			if a := (weights.Array{Name: t.Name, Shape: t.TorchShape()}); of(a) {
				a.Data = t.Torch()
				given = append(given, a)
				fresh = append(fresh, t.Name)
			}
		}
	}
	return fresh, s.SetArrays(given, o.Ignore)
}

// fits tells whether there is an array of the right shape for every tensor of
// those names.
func (s *State) fits(arrays []weights.Array, of func(weights.Array) bool) bool {
	part := &State{byName: map[string]*Tensor{}}
	for _, t := range s.tensors {
		if of(weights.Array{Name: t.Name}) {
			part.tensors = append(part.tensors, t)
			part.byName[t.Name] = t
		}
	}
	return part.CheckArrays(arrays, func(name string) bool { return part.byName[name] == nil }) == nil
}

func withoutOnes(shape []int) []int {
	for len(shape) > 0 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}
