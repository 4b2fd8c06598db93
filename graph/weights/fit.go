package weights

import "slices"

// FitOptions say what of a file is taken for a network. The zero value wants every
// tensor, of its shape.
type FitOptions struct {
	// Key leads to the tensors in the file, such as state_dict_ema; "" is whatever
	// fits.
	Key string

	// Fresh are prefixes, such as "fc.", of which nothing is taken where one tensor of
	// them has none of its shape in the file: a new last layer for other classes.
	Fresh []string

	// AdaptInput takes a first convolution for another number of input channels as
	// timm does: for one channel the sum over those of the file, for others those of
	// the file again and again, scaled so that the sum stays.
	AdaptInput bool

	// ResizePositions takes a Transformer's positions for pictures of another size, as
	// torchvision does: see resizePositions.
	ResizePositions bool

	// Counters takes PyTorch's num_batches_tracked too, after the tensors of the batch
	// norms that they belong to.
	Counters bool
}

// Fit reads the tensors of a network, which are wanted in order from its first layer
// to its last: an array for each of want, of its name and shape, but for those of
// FitOptions.Fresh.
//
// The tensors are found by what fits: their names are those of the network (or
// others' for the same, see TorchvisionNames) behind whatever prefix they share and
// whatever keys lead to them. Where several fit, an average goes before the weights that
// it is of, and what has no key before what has one; else it is an AmbiguousError. A
// last layer of another name is found where only one has its shapes. Shapes that differ
// only by 1s at the end are the same.
//
// What belongs to no layer of the network is passed over. Where nothing fits, or a
// layer of the network has more tensors in the file than the network, the error is a
// MisfitError.
func (f *File) Fit(want []Spec, o FitOptions) ([]Array, Taken, error) {
	entries, err := f.under(o.Key)
	if err != nil || len(want) == 0 {
		return nil, Taken{}, err
	}
	m := newMatcher(entries, want, o)
	fits := m.candidates()
	whole := slices.DeleteFunc(slices.Clone(fits), func(c *candidate) bool { return !c.whole() })
	if len(whole) == 0 {
		return nil, Taken{}, m.misfit(fits)
	}
	c, t, err := pick(whole)
	if err != nil {
		return nil, t, err
	}
	if surplus := m.surplus(c, whole); len(surplus) > 0 {
		return nil, t, &MisfitError{Unexpected: surplus, Of: len(want), Tensors: m.specs(c.prefix)}
	}
	arrays, err := m.arrays(f, c)
	if err != nil {
		return nil, t, err
	}
	t.Renamed, t.Fresh = c.renamed, c.fresh
	if c.adapted != nil {
		t.Adapted, t.Channels = m.want[m.first].Name, c.adapted.Shape[1]
	}
	if c.resized != nil {
		t.Resized, t.Patches = torchvisionName(c.resized.name), sideOf(c.resized.Shape)
	}
	taken := map[*entry]bool{}
	for _, e := range c.entries {
		taken[e] = true
	}
	for _, d := range whole {
		if t.Average && rank(d.prefix) == 1 { // which String names
			for _, e := range d.entries {
				taken[e] = true
			}
		}
	}
	t.Over = f.over(t.Key, taken)
	return arrays, t, nil
}

// adaptInput gives a convolution [out in height width] other input channels.
func adaptInput(a Array, shape []int) Array {
	out, in, channels, window := shape[0], a.Shape[1], shape[1], shape[2]*shape[3]
	data := make([]float32, size(shape))
	for o := range out {
		for c := range channels {
			to := data[(o*channels+c)*window:][:window]
			if channels > 1 {
				for i, v := range a.Data[(o*in+c%in)*window:][:window] {
					to[i] = v * float32(in) / float32(channels)
				}
				continue
			}
			for from := range in {
				for i, v := range a.Data[(o*in+from)*window:][:window] {
					to[i] += v
				}
			}
		}
	}
	a.Shape, a.Data = shape, data
	return a
}

// SameShape takes shapes that differ only by 1s at the end for the same.
func SameShape(a, b []int) bool { return slices.Equal(withoutOnes(a), withoutOnes(b)) }

func withoutOnes(shape []int) []int {
	for len(shape) > 0 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}
