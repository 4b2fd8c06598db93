package weights

import (
	"slices"
	"strings"

	"github.com/pkg/errors"
)

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
