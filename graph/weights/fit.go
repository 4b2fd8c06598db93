package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

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

// matcher looks for a network's tensors among those of a file.
type matcher struct {
	want   []Spec
	index  map[string]int // of want, by name
	first  int            // the first convolution, -1 for none
	head   string         // the prefix of the last layer
	o      FitOptions
	byName map[string]*entry
	names  []string // of the entries, as torchvision has them
	all    []*entry
}

func newMatcher(entries []*entry, want []Spec, o FitOptions) *matcher {
	m := &matcher{want: want, index: map[string]int{}, first: -1, o: o, byName: map[string]*entry{}, all: entries}
	for i, w := range want {
		m.index[w.Name] = i
		if m.first < 0 && len(w.Shape) == 4 {
			m.first = i
		}
	}
	last := want[len(want)-1].Name
	m.head = layerOf(last)
	own := make(map[string]bool, len(entries))
	for _, e := range entries {
		own[e.name] = true
	}
	for _, e := range entries {
		name := torchvisionName(e.name)
		if name != e.name && own[name] {
			name = e.name
		}
		m.names = append(m.names, name)
		m.byName[name] = e
	}
	return m
}

// candidate is what a file has for the network behind a prefix.
type candidate struct {
	prefix  string
	entries []*entry // for each of want; nil for none of its shape
	wrong   []*entry // for each of want, what has its name and another shape
	fresh   []string
	renamed string
	adapted *entry
	resized *entry // positions
	missing int    // entries that are nil and not fresh
	found   int    // entries and wrong ones
}

func (c *candidate) whole() bool { return c.missing == 0 }

// key is the prefix as people say it.
func (c *candidate) key() string { return strings.TrimSuffix(c.prefix, ".") }

// candidates are all prefixes with a tensor of the network behind them, the best
// first.
func (m *matcher) candidates() []*candidate {
	seen := map[string]bool{}
	var out []*candidate
	for _, name := range m.names {
		for at := 0; ; {
			if _, ok := m.index[name[at:]]; ok && !seen[name[:at]] {
				seen[name[:at]] = true
				out = append(out, m.candidate(name[:at]))
			}
			dot := strings.IndexByte(name[at:], '.')
			if dot < 0 {
				break
			}
			at += dot + 1
		}
		if len(seen) > maxCandidates {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b *candidate) int {
		if a.whole() != b.whole() || a.found == b.found {
			return a.missing - b.missing
		}
		return b.found - a.found
	})
	return out
}

// maxCandidates bounds the work for files that are made to have many.
const maxCandidates = 1000

func (m *matcher) candidate(prefix string) *candidate {
	c := &candidate{prefix: prefix, entries: make([]*entry, len(m.want)), wrong: make([]*entry, len(m.want))}
	for i, w := range m.want {
		e := m.byName[prefix+w.Name]
		switch {
		case e == nil:
			continue
		case SameShape(e.Shape, w.Shape):
			c.entries[i] = e
		case m.o.AdaptInput && i == m.first && len(e.Shape) == 4 && e.Shape[1] > 0 && SameShape(slices.Concat(e.Shape[:1], w.Shape[1:2], e.Shape[2:]), w.Shape):
			c.entries[i], c.adapted = e, e
		case m.o.ResizePositions && isPositions(w.Name, e.Shape, w.Shape):
			c.entries[i], c.resized = e, e
		default:
			c.wrong[i] = e
		}
		c.found++
	}
	if c.lacks(m, m.head) {
		m.findHead(c)
	}
	for _, fresh := range m.o.Fresh {
		if c.lacks(m, fresh) {
			for i, w := range m.want {
				if strings.HasPrefix(w.Name, fresh) {
					c.entries[i] = nil
					c.fresh = append(c.fresh, w.Name)
				}
			}
		}
	}
	for i, w := range m.want {
		if c.entries[i] == nil && !slices.Contains(c.fresh, w.Name) {
			c.missing++
		}
	}
	return c
}

// lacks tells whether a tensor with that beginning has none of its shape.
func (c *candidate) lacks(m *matcher, beginning string) bool {
	for i, w := range m.want {
		if c.entries[i] == nil && strings.HasPrefix(w.Name, beginning) {
			return true
		}
	}
	return false
}

// findHead looks for the last layer under other names, from those nearest to the
// rest of the network outwards: where only one has its shapes, it is meant.
func (m *matcher) findHead(c *candidate) {
	var parts []int // of want
	for i, w := range m.want {
		if strings.HasPrefix(w.Name, m.head) {
			if c.wrong[i] != nil {
				return // it is there, for other classes
			}
			parts = append(parts, i)
		}
	}
	if m.head == "" || len(parts) == 0 || len(parts) == len(m.want) || !strings.HasSuffix(m.want[parts[0]].Name, "weight") {
		return
	}
	taken := map[*entry]bool{}
	for _, e := range c.entries {
		taken[e] = true
	}
	for level := c.prefix; ; level = parent(level) {
		var found []string
		for i, e := range m.all {
			layer, ok := strings.CutSuffix(m.names[i], "weight")
			if !ok || taken[e] || !strings.HasPrefix(layer, level) || rank(layer) != rank(level) {
				continue
			}
			all := true
			for _, p := range parts {
				e := m.byName[layer+strings.TrimPrefix(m.want[p].Name, m.head)]
				all = all && e != nil && SameShape(e.Shape, m.want[p].Shape)
			}
			if all {
				found = append(found, layer)
			}
		}
		if len(found) == 1 {
			for _, p := range parts {
				c.entries[p] = m.byName[found[0]+strings.TrimPrefix(m.want[p].Name, m.head)]
			}
			c.renamed = strings.TrimSuffix(strings.TrimPrefix(found[0], level), ".")
		}
		if len(found) > 0 || level == "" {
			return
		}
	}
}

// layerOf is the beginning that the names of a layer's tensors share, up to the last
// dot.
func layerOf(name string) string { return name[:strings.LastIndexByte(name, '.')+1] }

// parent is the prefix without its last part.
func parent(prefix string) string {
	return layerOf(strings.TrimSuffix(prefix, "."))
}

// pick chooses among those that fit.
func pick(fits []*candidate) (*candidate, Taken, error) {
	var left []*candidate
	for _, c := range fits {
		if !slices.ContainsFunc(left, c.views) {
			left = append(left, c)
		}
	}
	best := slices.MinFunc(left, func(a, b *candidate) int { return rank(a.prefix) - rank(b.prefix) })
	t := Taken{}
	if rank(best.prefix) == 0 {
		var raw []string
		for _, c := range left {
			if rank(c.prefix) == 1 {
				raw = append(raw, c.key())
			}
		}
		if t.Average = len(raw) > 0; len(raw) == 1 {
			t.Raw = raw[0]
		}
	}
	left = slices.DeleteFunc(left, func(c *candidate) bool { return rank(c.prefix) != rank(best.prefix) })
	if len(left) > 1 {
		plain := slices.IndexFunc(left, func(c *candidate) bool { return c.prefix == "" })
		if plain < 0 {
			e := &AmbiguousError{}
			for _, c := range left {
				e.Keys = append(e.Keys, c.key())
			}
			return nil, t, e
		}
		best = left[plain]
	}
	t.Key = best.key()
	return best, t, nil
}

// views tells whether both are the same values.
func (c *candidate) views(d *candidate) bool {
	for i, e := range c.entries {
		if (e == nil) != (d.entries[i] == nil) || e != nil && e.view != d.entries[i].view {
			return false
		}
	}
	return true
}

// surplus are tensors that layers of the network have in the file and not here: it
// is another network's file. Single values, as what counts operations adds, are none.
func (m *matcher) surplus(c *candidate, fits []*candidate) []string {
	taken := map[*entry]bool{}
	for _, d := range fits {
		for _, e := range slices.Concat(d.entries, d.wrong) {
			taken[e] = true
		}
	}
	ours := map[string]bool{}
	for _, w := range m.want {
		ours[family(w.Name)] = true
	}
	var out []string
	for i, e := range m.all {
		name, ok := strings.CutPrefix(m.names[i], c.prefix)
		if !ok || taken[e] || size(e.Shape) == 1 || !ours[family(name)] ||
			slices.ContainsFunc(c.fresh, func(f string) bool { return strings.HasPrefix(name, layerOf(f)) }) {
			continue
		}
		out = append(out, name)
	}
	return out
}

// family is the first part of a name, without its number: the stages of a network are
// one.
func family(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return strings.TrimRight(first, "0123456789")
}

// arrays reads what was chosen.
func (m *matcher) arrays(f *File, c *candidate) ([]Array, error) {
	var entries []*entry
	var specs []Spec
	for i, e := range c.entries {
		if e == nil {
			continue
		}
		entries = append(entries, e)
		spec := m.want[i]
		if e == c.adapted || e == c.resized {
			spec.Shape = e.Shape
		}
		specs = append(specs, spec)
		module := layerOf(spec.Name)
		counter := m.byName[c.prefix+module+countersEnd]
		if m.o.Counters && counter != nil && (i+1 == len(m.want) || layerOf(m.want[i+1].Name) != module) {
			entries = append(entries, counter)
			specs = append(specs, Spec{module + countersEnd, counter.Shape})
		}
	}
	arrays, err := f.read(entries, specs)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if arrays[i].Ints != nil && !strings.HasSuffix(specs[i].Name, countersEnd) {
			return nil, errors.Errorf("%s holds integers, want weights", e.name)
		}
		if e == c.adapted {
			arrays[i] = adaptInput(arrays[i], m.want[m.first].Shape)
		}
		if e == c.resized {
			arrays[i] = resizePositions(arrays[i], m.want[m.index[specs[i].Name]].Shape)
		}
	}
	return arrays, nil
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

// misfit says what is wrong with what fits best.
func (m *matcher) misfit(candidates []*candidate) error {
	e := &MisfitError{Of: len(m.want)}
	if len(candidates) == 0 {
		for _, w := range m.want {
			e.Missing = append(e.Missing, w.Name)
		}
		if p, _, err := choose(partsOf(m.all, m.o.Key)); err == nil && p != nil {
			e.Tensors = p.torchvision()
		}
		return e
	}
	c := candidates[0]
	e.Key = c.key()
	for i, w := range m.want {
		switch {
		case c.entries[i] != nil || slices.Contains(c.fresh, w.Name):
		case c.wrong[i] != nil:
			e.Shapes = append(e.Shapes, fmt.Sprintf("%s has shape %v, want %v", w.Name, c.wrong[i].Shape, w.Shape))
		default:
			e.Missing = append(e.Missing, w.Name)
		}
	}
	e.Unexpected = m.surplus(c, []*candidate{c})
	if w := m.first; w >= 0 && c.wrong[w] != nil && len(c.wrong[w].Shape) == 4 && c.missing == 1 {
		e.Channels = c.wrong[w].Shape[1]
	}
	for i, w := range m.want {
		if c.wrong[i] != nil && isPositions(w.Name, c.wrong[i].Shape, w.Shape) && c.missing == 1 {
			e.Patches = sideOf(c.wrong[i].Shape)
		}
	}
	e.Tensors = m.specs(c.prefix)
	return e
}

// specs are the tensors behind a prefix.
func (m *matcher) specs(prefix string) []Spec {
	p := &part{}
	for i, e := range m.all {
		if name, ok := strings.CutPrefix(m.names[i], prefix); ok {
			p.specs = append(p.specs, Spec{name, e.Shape})
		}
	}
	return p.torchvision()
}

// SameShape takes shapes that differ only by 1s at the end for the same.
func SameShape(a, b []int) bool { return slices.Equal(withoutOnes(a), withoutOnes(b)) }

func withoutOnes(shape []int) []int {
	for len(shape) > 0 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}

// MisfitError says how arrays differ from the tensors of a network.
type MisfitError struct {
	Of         int    // tensors of the network
	Key        string // that leads to what fits best
	Missing    []string
	Shapes     []string // with both shapes
	Unexpected []string // that layers of the network do not have, or that are there twice

	// Channels is the number of input channels of the first layer, where it is all
	// that differs.
	Channels int

	// Patches is how many make the side of the pictures that a Transformer's positions
	// are for, where they are all that differs.
	Patches int

	// Tensors are those of the file, to tell which network's they are.
	Tensors []Spec
}

// Error is one line.
func (e *MisfitError) Error() string {
	var parts []string
	add := func(names []string, format string) {
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf(format, len(names))+some(names, 3))
		}
	}
	add(e.Missing, fmt.Sprintf("missing %%d of %d: ", e.Of))
	add(e.Shapes, "%d of another shape: ")
	var unexpected []string
	for _, name := range e.Unexpected {
		unexpected = append(unexpected, shown(name))
	}
	add(unexpected, "%d unexpected: ")
	at := ""
	if e.Key != "" {
		at = " under " + shown(e.Key)
	}
	return fmt.Sprintf("the tensors%s do not fit this network: %s", at, strings.Join(parts, "; "))
}
