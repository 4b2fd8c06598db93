package annotations

import (
	"fmt"

	"github.com/gorgonet/gorgonet/internal/printable"
)

// faults counts what is wrong with a file but can be passed over, by kind, in the order in
// which kinds turn up.
type faults struct {
	kinds []string
	n     map[string]int
	first map[string]string
}

// add counts one; example tells which.
func (f *faults) add(kind, example string) {
	if f.n == nil {
		f.n, f.first = map[string]int{}, map[string]string{}
	}
	if f.n[kind] == 0 {
		f.kinds = append(f.kinds, kind)
		f.first[kind] = example
	}
	f.n[kind]++
}

// lines are the warnings.
func (f *faults) lines(path string) []string {
	var out []string
	for _, kind := range f.kinds {
		out = append(out, fmt.Sprintf("%s: %s %s (first: %s)", printable.Name(path), printable.Thousands(f.n[kind]), kind, printable.Name(f.first[kind])))
	}
	return out
}
