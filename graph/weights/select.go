package weights

import (
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// stateKeys are what checkpoints usually have the network's tensors under.
var stateKeys = []string{"state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module"}

// part is some of a file's tensors, that belong together.
type part struct {
	key     string
	entries []*entry
	specs   []Spec // names without the key
}

// Arrays reads the tensors of the file, in order, under their names in the dict that
// has them: the only one, or one whose key is a usual one, such as state_dict, or an
// average of its weights. What an optimizer keeps is never taken. key chooses, as
// does what leads to it, such as state_dict.module; "" leaves the choice. Several dicts
// that could be meant are an AmbiguousError.
func (f *File) Arrays(key string) ([]Array, Taken, error) {
	entries, err := f.under(key)
	if err != nil {
		return nil, Taken{}, err
	}
	parts := partsOf(entries, key)
	chosen, t, err := choose(parts)
	if err != nil {
		return nil, t, err
	}
	if chosen == nil {
		return nil, t, nil
	}
	arrays, err := f.read(chosen.entries, chosen.specs)
	if err != nil {
		return nil, t, err
	}
	taken := map[*entry]bool{}
	for _, p := range parts {
		if p == chosen || t.Average && p.key == t.Raw {
			for _, e := range p.entries {
				taken[e] = true
			}
		}
	}
	t.Over = f.over(t.Key, taken)
	return arrays, t, nil
}

// under are the tensors that key leads to, all of them for "".
func (f *File) under(key string) ([]*entry, error) {
	if key == "" {
		return f.entries, nil
	}
	var out []*entry
	for _, e := range f.entries {
		if strings.HasPrefix(e.name, key+".") {
			out = append(out, e)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	var keys []string
	for _, p := range partsOf(f.entries, "") {
		if p.key != "" && rank(p.key) < 2 {
			keys = append(keys, shown(p.key))
		}
	}
	if keys == nil {
		return nil, errors.Errorf("no tensors under the key %s; the file has no keys to choose by", shown(key))
	}
	return nil, errors.Errorf("no tensors under the key %s; there are %s", shown(key), some(keys, 8))
}

// partsOf takes the tensors apart by the dicts that they are in, at or below key, and
// apart from those that are another set for the same names, such as momentum.fc.bias
// beside fc.bias.
func partsOf(entries []*entry, key string) []*part {
	byKey := map[string]*part{}
	var parts []*part
	add := func(key string, e *entry) {
		p := byKey[key]
		if p == nil {
			p = &part{key: key}
			byKey[key] = p
			parts = append(parts, p)
		}
		p.entries = append(p.entries, e)
		p.specs = append(p.specs, Spec{strings.TrimPrefix(strings.TrimPrefix(e.name, key), "."), e.Shape})
	}
	for _, e := range entries {
		in := e.dict
		if len(in) < len(key) {
			in = key
		}
		add(in, e)
	}
	for _, p := range slices.Clone(parts) {
		copied := p.copies()
		if len(copied) == 0 {
			continue
		}
		whole := *p
		p.entries, p.specs = nil, nil
		for i, e := range whole.entries {
			group, _, _ := strings.Cut(whole.specs[i].Name, ".")
			if copied[group] {
				add(join(p.key, group), e)
			} else {
				add(p.key, e)
			}
		}
	}
	return parts
}

// copies are the first parts of names after which all names are names themselves.
func (p *part) copies() map[string]bool {
	shapes := make(map[string][]int, len(p.specs))
	for _, s := range p.specs {
		shapes[s.Name] = s.Shape
	}
	copied := map[string]bool{}
	for _, s := range p.specs {
		group, rest, _ := strings.Cut(s.Name, ".")
		shape, ok := shapes[rest]
		ok = ok && slices.Equal(shape, s.Shape)
		if was, seen := copied[group]; !seen || was {
			copied[group] = ok
		}
	}
	for group, all := range copied {
		if !all {
			delete(copied, group)
		}
	}
	return copied
}

// choose takes the part that a network would be loaded from.
func choose(parts []*part) (*part, Taken, error) {
	var left []*part
	for _, p := range parts {
		if rank(p.key) < 2 && p.values() > 0 {
			left = append(left, p)
		}
	}
	if len(left) == 0 { // nothing but counters, or an optimizer alone
		left = parts
	}
	if len(left) == 0 {
		return nil, Taken{}, nil
	}
	for _, p := range left { // an average of another
		if rank(p.key) > 0 {
			continue
		}
		for _, q := range left {
			if rank(q.key) == 1 && p.sameAs(q) {
				return p, Taken{Key: p.key, Average: true, Raw: q.key}, nil
			}
		}
	}
	largest := slices.MaxFunc(left, func(a, b *part) int { return len(a.entries) - len(b.entries) })
	left = slices.DeleteFunc(left, func(p *part) bool { return 2*len(p.entries) < len(largest.entries) || p != largest && p.views(largest) })
	if len(left) > 1 {
		for _, key := range append([]string{""}, stateKeys...) {
			for _, p := range left {
				if p.key == key {
					return p, Taken{Key: key}, nil
				}
			}
		}
		var keys []string
		for _, p := range left {
			keys = append(keys, p.key)
		}
		return nil, Taken{}, &AmbiguousError{keys}
	}
	return largest, Taken{Key: largest.key}, nil
}

// values is the number of tensors that are no counters.
func (p *part) values() int {
	n := 0
	for _, s := range p.specs {
		if !strings.HasSuffix(s.Name, countersEnd) {
			n++
		}
	}
	return n
}

// sameAs tells whether both have tensors of the same names, but for what wraps them
// and for single values.
func (p *part) sameAs(q *part) bool { return slices.Equal(p.layout(), q.layout()) }

func (p *part) layout() []string {
	var names []string
	for _, s := range p.torchvision() {
		if size(s.Shape) != 1 {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

// torchvision are the tensors under torchvision's names.
func (p *part) torchvision() []Spec {
	arrays := make([]Array, len(p.specs))
	for i, s := range p.specs {
		arrays[i] = Array{Name: s.Name, Shape: s.Shape}
	}
	var out []Spec
	for _, a := range TorchvisionNames(arrays) {
		out = append(out, Spec{a.Name, a.Shape})
	}
	return out
}

// views tells whether both are the same values.
func (p *part) views(q *part) bool {
	return slices.EqualFunc(p.entries, q.entries, func(a, b *entry) bool { return a.view == b.view })
}
