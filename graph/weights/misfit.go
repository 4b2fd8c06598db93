package weights

import (
	"fmt"
	"slices"
	"strings"
)

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
