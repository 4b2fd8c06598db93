package graph

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestFolds runs graphs for several sizes of pictures over shared folded weights
// and over weights of their own: the bits are the same, and what is shared is made
// once for each way in which weights lie.
func TestFolds(t *testing.T) {
	state := NewState()
	folds := &Folds{}
	infer := func(o Options, n, side int) []float32 {
		b := NewBuilder(state, o)
		x := b.Input("x", n, side, side, 16)
		y := b.BatchNormReLU("bn", b.Conv("conv", x, Conv{Out: 16, Kernel: 3, Pad: 1}))
		m := compile(t, b, y)
		for _, s := range state.Tensors() { // not batch norm's first values
			if len(s.Shape()) == 1 {
				fill(s.Data(), 5)
				for i, v := range s.Data() {
					s.Data()[i] = 1 + v*v
				}
			}
		}
		fill(Floats(x), 3)
		run(t, m)
		return slices.Clone(Floats(y))
	}
	for _, size := range [][2]int{{1, 4}, {8, 16}, {1, 32}, {2, 4}, {3, 40}} {
		own := infer(Options{Frozen: true}, size[0], size[1])
		sameBits(t, "shared", infer(Options{Frozen: true, Folds: folds}, size[0], size[1]), own)
		sameBits(t, "not frozen", infer(Options{Folds: folds}, size[0], size[1]), own)
	}
	if n := len(folds.of["conv.weight  bn.weight"]); len(folds.of) != 1 || n < 1 || n > 2 {
		t.Errorf("%d layers have folded weights and the convolution %d, want 1 and at most 2", len(folds.of), n)
	}
}

// TestFrozen changes weights under graphs that are warm, in every way, and wants the
// answers of the new ones, and all of the old or all of the new where nobody said that
// they have changed. The network has weights in every kind of place.
func TestFrozen(t *testing.T) {
	network := weighty
	state := NewState()
	graphs := func(o Options) (ask func() [][]float32) {
		var all []func() []float32
		for _, n := range []int{1, 9} {
			b := NewBuilder(state, o)
			x, y := network(b, n)
			m := compile(t, b, y)
			fill(Floats(x), 3)
			all = append(all, func() []float32 { run(t, m); return slices.Clone(Floats(y)) })
		}
		return func() (out [][]float32) {
			for _, one := range all {
				out = append(out, one())
			}
			return out
		}
	}
	plain, frozen := graphs(Options{}), graphs(Options{Frozen: true, Folds: &Folds{}})
	agree := func(what string, got, want [][]float32) {
		t.Helper()
		for i := range want {
			if d := distance(t, what, got[i], want[i]); d > 1e-5 {
				t.Errorf("%s: graph %d is %v away", what, i, d)
			}
		}
	}
	agree("first values", frozen(), plain())
	shuffle(state, 1)
	agree("other values", frozen(), plain())
	for _, x := range state.Tensors() {
		for i := range x.Data() {
			x.Data()[i] *= 1.5
		}
		agree(x.Name, frozen(), plain())
	}
	// What is written to memory that was kept is seen when somebody says so, and not in part.
	kept := map[string][]float32{}
	for _, x := range state.Tensors() {
		kept[x.Name] = x.Data()
	}
	old := frozen()
	for name, data := range kept {
		for i := range data {
			data[i] *= 0.5
		}
		agree("before "+name+" is said to have changed", frozen(), old)
	}
	state.Changed()
	agree("changes said", frozen(), plain())

	b := NewBuilder(NewState(), Options{Frozen: true})
	x, y := network(b, 1)
	if params := b.Params(); len(params) != 0 || b.Gradients(y) != nil {
		t.Errorf("a Frozen graph has parameters %v or gradients", params)
	}
	wantError(t, "Gradients", b.Err(), "Frozen")
	_ = x
	folds := &Folds{}
	NewBuilder(state, Options{Frozen: true, Folds: folds})
	wantError(t, "NewBuilder", NewBuilder(NewState(), Options{Frozen: true, Folds: folds}).Err(), "another State")
}

// weighty is a network that has weights in every kind of place.
func weighty(b *Builder, n int) (x, y *gorgonia.Node) {
	x = b.Input("x", n, 8, 8, 16)
	y = b.BatchNormReLU("bn0", x)                                                    // folded into nothing
	y = b.BatchNormReLU("bn1", b.Conv("conv1", y, Conv{Out: 32, Kernel: 3, Pad: 1})) // folded
	z := b.Conv("conv2", y, Conv{Out: 32, Kernel: 3, Pad: 1, Bias: true})
	y = b.BatchNormAddReLU("bn2", z, y)                                           // folded with a bias
	y = b.ReLU("relu", b.Conv("conv3", y, Conv{Out: 10, Kernel: 1}))              // without either
	y = b.ReLU("relu4", b.Conv("conv4", y, Conv{Out: 16, Kernel: 2, Bias: true})) // a bias alone
	return x, b.Linear("fc", b.Linear("places", y, 7), 5)
}

// TestArena runs graphs that share memory in turn, and wants the answers of those that
// do not, as much memory as the largest needs, and errors where they do not take turns.
func TestArena(t *testing.T) {
	state, arena := NewState(), &Arena{}
	answer := func(b *Builder, n int) func() []float32 {
		x, y := weighty(b, n)
		m := compile(t, b, y)
		return func() []float32 {
			fill(Floats(x), uint64(n))
			run(t, m)
			return slices.Clone(Floats(y))
		}
	}
	var shared []func() []float32
	var want [][]float32
	var sizes []int64
	for _, n := range []int{2, 1, 40, 3} {
		for _, memory := range []Memory{PlannedMemory, PoisonedMemory} {
			want = append(want, answer(NewBuilder(state, Options{}), n)())
			shared = append(shared, answer(NewBuilder(state, Options{Arena: arena, Memory: memory}), n))
			sizes = append(sizes, arena.size())
			for i, ask := range shared {
				sameBits(t, "answer", ask(), want[i])
			}
		}
	}
	if sizes[0] != sizes[3] || sizes[4] < 10*sizes[3] || sizes[7] != sizes[4] {
		t.Errorf("the arena has %v floats after each graph", sizes)
	}
	b := NewBuilder(state, Options{Arena: arena})
	x := b.Input("x", 1, 8, 8, 16)
	if Floats(x) != nil {
		t.Error("an input has memory before Compile")
	}
	m := compile(t, b)
	arena.mu.Lock()
	if err := m.Run(); err != ErrBusy {
		t.Errorf("while another runs: %v", err)
	}
	arena.mu.Unlock()
	run(t, m)
	m.Close()
	if len(arena.graphs) != 8 {
		t.Errorf("%d graphs use the arena after one of 9 is closed", len(arena.graphs))
	}
}

// TestDetach wants the answers to stay where the weights are taken from the State.
func TestDetach(t *testing.T) {
	state, folds := NewState(), &Folds{}
	answer := func(n int) ([]float32, error) {
		b := NewBuilder(state, Options{Frozen: true, Folds: folds})
		x, y := weighty(b, n)
		m := compile(t, b, y)
		fill(Floats(x), 1)
		err := m.Run()
		return slices.Clone(Floats(y)), err
	}
	var want [3][]float32
	sizes := []int{1, 5, 9}
	for i, n := range sizes {
		var err error
		if want[i], err = answer(n); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int{1, 9} { // nothing new
		b := NewBuilder(state, Options{Frozen: true, Folds: folds})
		_, y := weighty(b, n)
		if err := b.Fold(y); err != nil {
			t.Fatal(err)
		}
	}
	folds.Detach()
	for _, name := range []string{"conv1.weight", "conv4.weight", "fc.weight"} {
		if state.Get(name).memory != nil {
			t.Errorf("%s is still there", name)
		}
	}
	for i, n := range sizes {
		got, err := answer(n)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, "detached", got, want[i])
	}
	state.Changed()
	_, err := answer(1)
	wantError(t, "after a change", err, "detached")
	wantError(t, "Fold", NewBuilder(state, Options{}).Fold(), "only a Frozen graph")
}
