package graph

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
)

// unit is a network with every layer that has parameters: a stem, a residual unit
// and a head.
func unit(b *Builder) (loss *gorgonia.Node) {
	x := b.Input("x", 4, 6, 6, 3)
	labels := b.Labels("labels", 4)
	fill(Floats(x), 1)
	copy(Ints(labels), []int32{2, 0, 1, 1})
	x = b.Norm("stem.bn", b.Conv("stem.conv", x, Conv{Out: 4, Kernel: 3, Pad: 1, Bias: true}), Norm{Activation: ReLU})
	y := b.Norm("unit.bn1", b.Conv("unit.conv1", x, Conv{Out: 4, Kernel: 3, Pad: 1}), Norm{Activation: ReLU})
	x = b.Norm("unit.bn2", b.Conv("unit.conv2", y, Conv{Out: 4, Kernel: 3, Pad: 1}), Norm{Shortcut: x, Activation: ReLU})
	loss, _ = b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("pool", x), 3), labels)
	return loss
}

// TestFreeze compares the gradients of what is left with those of a network whose
// batch norms are told to use the running statistics by being frozen all alike.
func TestFreeze(t *testing.T) {
	for _, freeze := range [][]string{
		{"stem"}, {"unit"}, {"stem", "unit"}, {"fc"}, {"unit.bn1", "unit.bn2"}, {"unit.conv1", "unit.bn2.bias"}, {"stem.conv.bias", "fc.weight"},
	} {
		t.Run(strings.Join(freeze, " "), func(t *testing.T) {
			state := NewState()
			NewBuilder(state, Options{Seed: 1}).check(t)
			shuffle(state, 3)
			before := state.Arrays()
			b := NewBuilder(state, Options{Training: true, Freeze: freeze})
			loss := unit(b)
			b.Gradients(loss)
			run(t, compile(t, b))
			for i, x := range state.Arrays() {
				frozen := slices.ContainsFunc(freeze, func(f string) bool { return strings.HasPrefix(x.Name+".", f+".") })
				if moved := !slices.Equal(x.Data, before[i].Data); moved != (!frozen && strings.Contains(x.Name, "running")) {
					t.Errorf("%s: changed is %v", x.Name, moved)
				}
				has := slices.ContainsFunc(b.Params(), func(n *gorgonia.Node) bool { return n.Name() == x.Name })
				if has == frozen && !strings.Contains(x.Name, "running") {
					t.Errorf("%s: has a gradient is %v", x.Name, has)
				}
			}
			for _, p := range b.Params() {
				checkSlope(t, b, state, freeze, p.Name())
			}
		})
	}
}

// checkSlope compares a parameter's gradient with the change of the loss along it.
func checkSlope(t *testing.T, b *Builder, state *State, freeze []string, name string) {
	t.Helper()
	var slope float64
	for i, p := range b.params {
		if p.Name() == name {
			for _, g := range Floats(b.gradients[i]) {
				slope += float64(g) * float64(g)
			}
			grad := slices.Clone(Floats(b.gradients[i]))
			at := func(h float32) float64 {
				data := state.Get(name).Data()
				old := slices.Clone(data)
				defer copy(data, old)
				for j := range data {
					data[j] += h * grad[j]
				}
				other := NewState()
				NewBuilder(other, Options{}).check(t)
				if err := other.SetArrays(state.Arrays(), nil); err != nil {
					t.Fatal(err)
				}
				c := NewBuilder(other, Options{Training: true, Freeze: freeze})
				loss := unit(c)
				run(t, compile(t, c))
				return float64(Scalar(loss))
			}
			const h = 1e-2
			if got := (at(h) - at(-h)) / (2 * h); got < 0.9*slope-1e-4 || got > 1.1*slope+1e-4 {
				t.Errorf("%s: the loss changes by %g along the gradient, want %g", name, got, slope)
			}
			return
		}
	}
}

// check fills the builder's state with the unit's tensors.
func (b *Builder) check(t *testing.T) {
	t.Helper()
	unit(b)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
}

func TestFreezeNothing(t *testing.T) {
	for freeze, want := range map[string]string{"layer9": "cannot freeze layer9", "stem,unit,fc": "every parameter is frozen"} {
		b := NewBuilder(NewState(), Options{Training: true, Freeze: strings.Split(freeze, ",")})
		b.Gradients(unit(b))
		if b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("freezing %s: want an error with %q, got %v", freeze, want, b.Err())
		}
	}
}
