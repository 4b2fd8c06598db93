package graph

import (
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
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
// Where the arrays do not fit nothing is changed (see CheckArrays).
func (s *State) Load(arrays []weights.Array, o LoadOptions) (fresh []string, err error) {
	if s == nil {
		return nil, errNoState
	}
	given := slices.Clone(arrays)
	for i, a := range given {
		if t := s.byName[a.Name]; t != nil && weights.SameShape(a.Shape, t.TorchShape()) {
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

// Specs are the names and PyTorch's shapes of the tensors, in order.
func (s *State) Specs() []weights.Spec {
	tensors := s.Tensors()
	out := make([]weights.Spec, len(tensors))
	for i, t := range tensors {
		out[i] = weights.Spec{Name: t.Name, Shape: t.TorchShape()}
	}
	return out
}

// LoadFile sets the tensors from a file of weights, whatever else it holds, and
// says what it took: see weights.Open and weights.File.Fit. Where nothing fits, nothing
// is changed.
func (s *State) LoadFile(path string, o weights.FitOptions) (weights.Taken, error) {
	return s.load("", path, o)
}

// LoadPart is LoadFile for the tensors below a scope alone, such as backbone, which the
// file has without it: a network that is part of this one. Others keep their values.
func (s *State) LoadPart(scope, path string, o weights.FitOptions) (weights.Taken, error) {
	return s.load(scope+".", path, o)
}

// load is LoadFile for the tensors whose names begin with the prefix.
func (s *State) load(prefix, path string, o weights.FitOptions) (weights.Taken, error) {
	if s == nil {
		return weights.Taken{}, errNoState
	}
	f, err := weights.Open(path)
	if err != nil {
		return weights.Taken{}, err
	}
	var want []weights.Spec
	for _, spec := range s.Specs() {
		if name, ok := strings.CutPrefix(spec.Name, prefix); ok {
			want = append(want, weights.Spec{Name: name, Shape: spec.Shape})
		}
	}
	arrays, taken, err := f.Fit(want, o)
	if err != nil {
		return taken, errors.Wrapf(err, "weights: %s", path)
	}
	for _, a := range arrays {
		if t := s.byName[prefix+a.Name]; t != nil {
			if err := t.SetTorch(a.Data); err != nil {
				return taken, err
			}
		}
	}
	return taken, nil
}

// Head is the beginning of the names of the last layer's tensors, such as "fc.", for
// weights.FitOptions.Fresh.
func (s *State) Head() []string {
	if s == nil || len(s.tensors) == 0 {
		return nil
	}
	last := s.tensors[len(s.tensors)-1].Name
	return []string{last[:strings.LastIndexByte(last, '.')+1]}
}
