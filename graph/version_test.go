package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestVersion wants every way to write to a State to change its version, and reading
// not to.
func TestVersion(t *testing.T) {
	state := NewState()
	s := newTrainer(t, state, 2)
	run(t, s.m)
	bias := state.Get("fc.bias")
	for _, test := range []struct {
		name    string
		do      func() error
		changes bool
	}{
		{"reading", func() error {
			state.Arrays()
			state.Parameters()
			bias.Torch()
			bias.Shape()
			b := NewBuilder(state, Options{})
			_, logits := classifier(b, 1)
			run(t, compile(t, b, logits))
			return state.CheckArrays(state.Arrays(), nil)
		}, false},
		{"handing out memory", func() error { bias.Data()[0] = 3; return nil }, true},
		{"a tensor from PyTorch", func() error { return bias.SetTorch(bias.Torch()) }, true},
		{"loading", func() error { return state.SetArrays(state.Arrays(), nil) }, true},
		{"a training run, which moves running statistics", s.m.Run, true},
		{"a step", func() error {
			return gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.5)).Step(s.m.Params())
		}, true},
		{"initializing", func() error {
			b := NewBuilder(state, Options{})
			b.Linear("new", b.Input("x", 1, 3), 2)
			before := state.Version()
			b.Initialize("new.bias", 2)
			if state.Version() == before {
				t.Error("Initialize is no change")
			}
			return b.Err()
		}, true},
		{"saying so", func() error { state.Changed(); return nil }, true},
	} {
		before := state.Version()
		if err := test.do(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if changed := state.Version() != before; changed != test.changes {
			t.Errorf("%s: changed %v, want %v", test.name, changed, test.changes)
		}
	}
}

// TestDrawnWhenLookedAt wants parameters to be drawn as late as somebody looks, in any
// order, to the same values, and not at all what is loaded.
func TestDrawnWhenLookedAt(t *testing.T) {
	drawn := func(s *State) (n int) {
		for _, x := range s.Tensors() {
			if x.drawn.Load() {
				n++
			}
		}
		return n
	}
	build := func() *State {
		s := NewState()
		b := NewBuilder(s, Options{Seed: 5})
		classifier(b, 1)
		if n := drawn(s); b.Err() != nil || n != 0 {
			t.Fatalf("%d tensors are drawn by building, error %v", n, b.Err())
		}
		return s
	}
	one, other := build(), build()
	want := one.Arrays()
	for _, x := range slices.Backward(other.Tensors()) {
		x.Data()
	}
	for i, a := range other.Arrays() {
		sameBits(t, a.Name, a.Data, want[i].Data)
	}
	loaded := build()
	loaded.Get("conv1.weight").init = func([]float32, Fan, *rand.Rand) { t.Error("what was loaded was drawn") }
	if err := loaded.SetArrays(want, nil); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "conv1.weight", loaded.Get("conv1.weight").Data(), one.Get("conv1.weight").Data())
}
