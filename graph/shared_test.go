package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

// TestShared wants a layer on two inputs to have one set of parameters, the gradients of both,
// and the same outputs where its weights are packed.
func TestShared(t *testing.T) {
	emit := func(b *Builder, x, z *gorgonia.Node) *gorgonia.Node {
		b = b.Shared().Scope("head")
		head := func(x *gorgonia.Node) *gorgonia.Node {
			return b.Linear("fc", b.Norm("bn", b.Conv("conv", x, Conv{Out: 4, Kernel: 3, Pad: 1, Bias: true}), Norm{Activation: ReLU}), 2)
		}
		return b.Add("sum", b.GlobalAvgPool("pool1", head(x)), b.GlobalAvgPool("pool2", head(z)), Identity)
	}
	check(t, false, func(_ *testing.T, b *Builder) *gorgonia.Node {
		return emit(b, b.variable("x", 2, 5, 6, 3), b.variable("z", 2, 3, 3, 3))
	})
	state := NewState()
	var first []float32
	for _, o := range []Options{{}, {Packed: &PackedWeights{}}} {
		b := NewBuilder(state, o)
		x, z := b.Input("x", 2, 9, 16, 3), b.Input("z", 2, 3, 3, 3)
		y := emit(b, x, z)
		m := compile(t, b, y)
		fill(Floats(x), 1)
		fill(Floats(z), 2)
		run(t, m)
		if first == nil {
			first = append(first, Floats(y)...)
		} else if e := distance(t, "packed", Floats(y), first); !(e <= 1e-5) {
			t.Errorf("packed: relative error %.3g", e)
		}
	}
	if n := len(state.Tensors()); n != 8 {
		t.Errorf("%d tensors, want 8", n)
	}
	b := NewBuilder(state, Options{})
	b.Linear("fc", b.Input("x", 2, 3), 4)
	b.Linear("fc", b.Input("z", 2, 3), 4)
	wantError(t, "a name twice", b.Err(), "names are used once")
}

// TestRandom wants the generator of a layer to depend on seed, step and name.
func TestRandom(t *testing.T) {
	draw := func(seed, step uint64, layer string) uint64 {
		b := NewBuilder(NewState(), Options{Seed: seed})
		source := b.Scope("s").Random(layer)
		y := b.Activate("l", b.Input("x", 2), ReLU)
		m := compile(t, b, y)
		m.SetStep(step)
		if a, b := source().Uint64(), source().Uint64(); a != b {
			t.Error("another draw in the same run")
		}
		return source().Uint64()
	}
	seen := map[uint64]bool{}
	for _, of := range []struct {
		seed, step uint64
		layer      string
	}{{1, 0, "a"}, {2, 0, "a"}, {1, 1, "a"}, {1, 0, "b"}} {
		seen[draw(of.seed, of.step, of.layer)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different draws, want 4", len(seen))
	}
}
