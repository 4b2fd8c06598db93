package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// everyLayout has a tensor of each layout, named after it, in images of 5x5x3.
func everyLayout(t *testing.T) *State {
	t.Helper()
	b := NewBuilder(NewState(), Options{Seed: 1})
	x := b.Input("x", 1, 5, 5, 3)
	y := b.Conv("hwio", x, Conv{Out: 4, Kernel: 3})
	y = b.Conv("flat", b.Norm("plain", y, Norm{}), Conv{Out: 6, Kernel: 2, Flat: true})
	b.Linear("io", b.GlobalAvgPool("pool", y), 2)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return b.State()
}

// TestLayouts follows each element from its place here to PyTorch's.
func TestLayouts(t *testing.T) {
	state := everyLayout(t)
	for _, test := range []struct {
		name        string
		here, there []int
		place       func(there []int) (here []int) // of an index of OIHW, or of the shape there
		index       []int                          // the shape to index PyTorch's data by
	}{
		{"hwio.weight", []int{3, 3, 3, 4}, []int{4, 3, 3, 3}, func(i []int) []int { return []int{i[2], i[3], i[1], i[0]} }, []int{4, 3, 3, 3}},
		{"flat.weight", []int{2, 2, 4, 6}, []int{6, 16}, func(i []int) []int { return []int{i[2], i[3], i[1], i[0]} }, []int{6, 4, 2, 2}},
		{"io.weight", []int{6, 2}, []int{2, 6}, func(i []int) []int { return []int{i[1], i[0]} }, []int{2, 6}},
		{"plain.weight", []int{4}, []int{4}, func(i []int) []int { return i }, []int{4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := state.Get(test.name)
			if !slices.Equal(s.Shape(), test.here) || !slices.Equal(s.TorchShape(), test.there) {
				t.Fatalf("shape %v and in PyTorch %v, want %v and %v", s.Shape(), s.TorchShape(), test.here, test.there)
			}
			data := make([]float32, len(s.Data()))
			for i := range data {
				data[i] = float32(i)
			}
			if err := s.SetTorch(data); err != nil {
				t.Fatal(err)
			}
			for flat := range data {
				there := make([]int, len(test.index))
				for d, rest := len(there)-1, flat; d >= 0; d-- {
					there[d], rest = rest%test.index[d], rest/test.index[d]
				}
				at := 0
				for d, i := range test.place(there) {
					at = at*test.here[d] + i
				}
				if got := s.Data()[at]; got != float32(flat) {
					t.Fatalf("PyTorch's %v went elsewhere: at its place here is %v, want %d", there, got, flat)
				}
			}
			sameBits(t, "there and back", s.Torch(), data)
			back := make([]float32, len(data))
			if err := s.FromTorch(back, s.ToTorch(data)); err != nil {
				t.Fatal(err)
			}
			sameBits(t, "back and there", back, data)
			wantError(t, "too few values", s.SetTorch(data[1:]), test.name)
			wantError(t, "too short a place", s.FromTorch(back[1:], data[1:]), test.name)
		})
	}
}

// TestSetArrays wants what Arrays gives to come back, and every misfit to be
// listed in one error that changes nothing.
func TestSetArrays(t *testing.T) {
	source := everyLayout(t)
	shuffle(source, 5)
	target := everyLayout(t)
	if err := target.SetArrays(source.Arrays(), nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range source.Tensors() {
		sameBits(t, s.Name, target.Get(s.Name).Data(), s.Data())
	}
	without := func(name string, arrays []weights.Array) []weights.Array {
		return slices.DeleteFunc(arrays, func(a weights.Array) bool { return a.Name == name })
	}
	of := func(name string, arrays []weights.Array) *weights.Array {
		return &arrays[slices.IndexFunc(arrays, func(a weights.Array) bool { return a.Name == name })]
	}
	for i, test := range []struct {
		name   string
		change func(a []weights.Array) []weights.Array
		words  []string
	}{
		{"missing", func(a []weights.Array) []weights.Array { return without("io.bias", without("hwio.weight", a)) }, []string{"missing 2 of 8: hwio.weight, io.bias"}},
		{"unexpected", func(a []weights.Array) []weights.Array {
			return append(a, weights.Array{Name: "other"}, weights.Array{Name: "another"})
		}, []string{"2 unexpected: other, another"}},
		{"another shape", func(a []weights.Array) []weights.Array {
			of("hwio.weight", a).Shape = []int{3, 3, 3, 4}
			of("io.weight", a).Shape = []int{12}
			return a
		}, []string{"hwio.weight has shape [3 3 3 4], want [4 3 3 3]", "io.weight has shape [12], want [2 6]"}},
		{"all of them", func(a []weights.Array) []weights.Array {
			of("flat.weight", a).Shape = nil
			return append(without("plain.bias", a), weights.Array{Name: "other"})
		}, []string{"flat.weight has shape [], want [6 16]", "missing 1 of 8: plain.bias", "1 unexpected: other"}},
		{"twice", func(a []weights.Array) []weights.Array { return append(a, a[0]) }, []string{source.Tensors()[0].Name}},
		{"fewer values than the shape has", func(a []weights.Array) []weights.Array {
			last := &a[len(a)-1]
			last.Data = last.Data[1:]
			return a
		}, []string{source.Tensors()[len(source.Tensors())-1].Name}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := target.Arrays()
			shuffle(source, uint64(6+i))
			wantError(t, "SetArrays", target.SetArrays(test.change(source.Arrays()), nil), append(test.words, "graph: ")...)
			for i, a := range target.Arrays() {
				sameBits(t, a.Name+", which should be as before", a.Data, before[i].Data)
			}
		})
	}
	more := append(target.Arrays(), weights.Array{Name: "bn.num_batches_tracked"})
	ignore := func(name string) bool { return strings.HasSuffix(name, "num_batches_tracked") }
	if err := target.SetArrays(more, ignore); err != nil {
		t.Errorf("an array to be passed over: %v", err)
	}
	wantError(t, "ignoring others", target.SetArrays(append(more, weights.Array{Name: "other"}), ignore), "1 unexpected: other")
}

// TestInitialize wants only tensors that the builder itself made to be filled.
func TestInitialize(t *testing.T) {
	state := NewState()
	for _, want := range []float32{0, 5} {
		b := NewBuilder(state, Options{})
		b.Norm("bn", b.Input("x", 2, 2, 2, 3), Norm{})
		b.Initialize("bn.weight", 0)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		for i, v := range state.Get("bn.weight").Data() {
			if v != want {
				t.Errorf("weight %d is %v, want %v", i, v, want)
			}
			state.Get("bn.weight").Data()[i] = 5
		}
	}
	b := NewBuilder(state, Options{})
	b.Initialize("other", 0)
	wantError(t, "Initialize", b.Err(), "other")
}
