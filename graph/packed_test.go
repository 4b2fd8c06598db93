package graph

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestPacked runs graphs for several sizes of pictures over shared folded weights
// and over weights of their own: the bits are the same, and what is shared is made
// once for each way in which weights lie.
func TestPacked(t *testing.T) {
	state := NewState()
	packed := &PackedWeights{}
	infer := func(o Options, n, side int) []float32 {
		b := NewBuilder(state, o)
		x := b.Input("x", n, side, side, 16)
		y := b.Norm("bn", b.Conv("conv", x, Conv{Out: 16, Kernel: 3, Pad: 1}), Norm{Activation: ReLU})
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
		own := infer(Options{Packed: &PackedWeights{}}, size[0], size[1])
		sameBits(t, "shared", infer(Options{Packed: packed}, size[0], size[1]), own)
		sameBits(t, "not packed", infer(Options{}, size[0], size[1]), own)
	}
	if n := len(packed.of["conv.weight  bn.weight "]); len(packed.of) != 1 || n < 1 || n > 2 {
		t.Errorf("%d layers have folded weights and the convolution %d, want 1 and at most 2", len(packed.of), n)
	}
}

// TestPackedChanges changes weights under graphs that are warm, in every way, and wants the
// answers of the new ones, and all of the old or all of the new where nobody said that
// they have changed. The network has weights in every kind of place.
func TestPackedChanges(t *testing.T) {
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
	plain, warm := graphs(Options{}), graphs(Options{Packed: &PackedWeights{}})
	agree := func(what string, got, want [][]float32) {
		t.Helper()
		for i := range want {
			if d := distance(t, what, got[i], want[i]); d > 1e-5 {
				t.Errorf("%s: graph %d is %v away", what, i, d)
			}
		}
	}
	agree("first values", warm(), plain())
	shuffle(state, 1)
	agree("other values", warm(), plain())
	for _, x := range state.Tensors() {
		for i := range x.Data() {
			x.Data()[i] *= 1.5
		}
		agree(x.Name, warm(), plain())
	}
	// What is written to memory that was kept is seen when somebody says so, and not in part.
	kept := map[string][]float32{}
	for _, x := range state.Tensors() {
		kept[x.Name] = x.Data()
	}
	old := warm()
	for name, data := range kept {
		for i := range data {
			data[i] *= 0.5
		}
		agree("before "+name+" is said to have changed", warm(), old)
	}
	state.Changed()
	agree("changes said", warm(), plain())

	b := NewBuilder(NewState(), Options{Packed: &PackedWeights{}})
	x, y := network(b, 1)
	if params := b.Params(); len(params) != 0 || b.Gradients(y) != nil {
		t.Errorf("a packed graph has parameters %v or gradients", params)
	}
	wantError(t, "Gradients", b.Err(), "packed")
	_ = x
	packed := &PackedWeights{}
	NewBuilder(state, Options{Packed: packed})
	wantError(t, "NewBuilder", NewBuilder(NewState(), Options{Packed: packed}).Err(), "another State")
}

// weighty is a network that has weights in every kind of place.
func weighty(b *Builder, n int) (x, y *gorgonia.Node) {
	x = b.Input("x", n, 8, 8, 16)
	y = b.Norm("bn0", x, Norm{Activation: ReLU})                                                    // folded into nothing
	y = b.Norm("bn1", b.Conv("conv1", y, Conv{Out: 32, Kernel: 3, Pad: 1}), Norm{Activation: ReLU}) // folded
	z := b.Conv("conv2", y, Conv{Out: 32, Kernel: 3, Pad: 1, Bias: true})
	y = b.Norm("bn2", z, Norm{Shortcut: y, Activation: ReLU})                               // folded with a bias
	y = b.Activate("relu", b.Conv("conv3", y, Conv{Out: 10, Kernel: 1}), ReLU)              // without either
	y = b.Activate("relu4", b.Conv("conv4", y, Conv{Out: 16, Kernel: 2, Bias: true}), ReLU) // a bias alone
	y = b.Activate("gelu", b.Linear("places", y, 7), GELU)
	z = b.Scale("scale", b.Linear("narrow", y, 7), b.Parameter("factors", Normal(1), 7)) // into weights and bias
	y = b.Add("add", b.Norm("ln", y, Norm{Kind: LayerNorm}), z, SiLU)                    // with a shortcut behind
	z = b.Norm("bn5", b.Conv("conv5", y, Conv{Out: 7, Kernel: 3, Pad: 1, Groups: 7}), Norm{})
	y = b.Add("both", z, b.Scale("again", b.Linear("twin", y, 7), b.Parameter("others", Normal(1), 7)), Identity) // one of two
	return x, b.Linear("fc", y, 5)
}

// TestTails wants the rule to take in what comes behind convolutions and products, and
// the same values without it, in whatever memory.
func TestTails(t *testing.T) {
	state := NewState()
	answer := func(o Options) (values []float32, operations int) {
		o.Packed = &PackedWeights{}
		b := NewBuilder(state, o)
		x, y := weighty(b, 5)
		m := compile(t, b, y)
		shuffle(state, 4)
		fill(Floats(x), 3)
		run(t, m)
		if err := m.RunChecked(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(Floats(y)), len(m.Times())
	}
	want, apart := answer(Options{Unfused: []string{ruleTail}})
	for _, memory := range []Memory{PlannedMemory, PoisonedMemory} {
		got, joined := answer(Options{Memory: memory})
		if d := distance(t, "logits", got, want); d > 1e-6 {
			t.Errorf("with tails in memory %d: relative error %.3g", memory, d)
		}
		if joined != apart-7 {
			t.Errorf("%d operations run with the rule and %d without, want 7 fewer", joined, apart)
		}
	}
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
	state, packed := NewState(), &PackedWeights{}
	answer := func(n int) ([]float32, error) {
		b := NewBuilder(state, Options{Packed: packed})
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
		b := NewBuilder(state, Options{Packed: packed})
		_, y := weighty(b, n)
		if err := b.Pack(y); err != nil {
			t.Fatal(err)
		}
	}
	packed.Detach()
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
	wantError(t, "Pack", NewBuilder(state, Options{}).Pack(), "only a graph with Options.Packed")
}
