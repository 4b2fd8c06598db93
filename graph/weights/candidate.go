package weights

import (
	"slices"
	"strings"
)

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
