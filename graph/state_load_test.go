package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// TestLoad loads arrays that fit but for what the options allow.
func TestLoad(t *testing.T) {
	source := everyLayout(t)
	shuffle(source, 3)
	for _, test := range []struct {
		name   string
		change func(a *weights.Array)
		drop   string
		add    []weights.Array
		o      LoadOptions
		fresh  []string
		words  []string // of an error
	}{
		{name: "the same"},
		{name: "counters and what is to be passed over", add: []weights.Array{{Name: "bn.num_batches_tracked", Ints: []int64{1}}, {Name: "other"}},
			o: LoadOptions{Ignore: func(name string) bool { return name == "other" }}},
		{name: "ones at the end", change: func(a *weights.Array) { a.Shape = append(slices.Clone(a.Shape), 1, 1) }},
		{name: "ones elsewhere", change: func(a *weights.Array) {
			if a.Name == "io.weight" {
				a.Shape = []int{1, 2, 6}
			}
		}, words: []string{"io.weight has shape [1 2 6], want [2 6]"}},
		{name: "a head that fits", o: LoadOptions{Fresh: []string{"io."}}},
		{name: "a head for other classes", change: func(a *weights.Array) {
			if a.Name == "io.weight" {
				a.Shape, a.Data = []int{3, 6}, make([]float32, 18)
			}
		}, o: LoadOptions{Fresh: []string{"none.", "io."}}, fresh: []string{"io.weight", "io.bias"}},
		{name: "no head", drop: "io.", o: LoadOptions{Fresh: []string{"io."}}, fresh: []string{"io.weight", "io.bias"}},
		{name: "a head for other classes, not allowed", change: func(a *weights.Array) {
			if a.Name == "io.weight" {
				a.Shape, a.Data = []int{3, 6}, make([]float32, 18)
			}
		}, words: []string{"io.weight has shape [3 6], want [2 6]"}},
		{name: "another part does not fit", drop: "plain.", add: []weights.Array{{Name: "other"}}, o: LoadOptions{Fresh: []string{"io."}},
			words: []string{"missing 4 of 8: plain.weight, plain.bias,", "1 unexpected: other"}},
		{name: "integers", change: func(a *weights.Array) {
			if a.Name == "io.bias" {
				a.Data, a.Ints = nil, []int64{1, 2}
			}
		}, words: []string{"io.bias has 0 values, want 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := everyLayout(t)
			before := target.Arrays()
			arrays := slices.DeleteFunc(append(source.Arrays(), test.add...), func(a weights.Array) bool {
				return test.drop != "" && strings.HasPrefix(a.Name, test.drop)
			})
			if test.change != nil {
				for i := range arrays {
					test.change(&arrays[i])
				}
			}
			fresh, err := target.Load(arrays, test.o)
			if test.words != nil {
				wantError(t, "Load", err, append(test.words, "graph: ")...)
				for i, a := range target.Arrays() {
					sameBits(t, a.Name+", which should be as before", a.Data, before[i].Data)
				}
				return
			}
			if err != nil || !slices.Equal(fresh, test.fresh) {
				t.Fatalf("kept %v, want %v, %v", fresh, test.fresh, err)
			}
			for i, a := range target.Arrays() {
				want := source.Arrays()[i].Data
				if slices.Contains(fresh, a.Name) {
					want = before[i].Data
				}
				sameBits(t, a.Name, a.Data, want)
			}
		})
	}
}
