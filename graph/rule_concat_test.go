package graph

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
)

// denseBlock emits layers that put growth channels each behind those of x.
func denseBlock(b *Builder, x *gorgonia.Node, layers, growth int, a Activation) *gorgonia.Node {
	for i := range layers {
		s := b.Scope(fmt.Sprintf("layer%d", i))
		y := s.Conv("conv1", s.Norm("norm1", x, Norm{Activation: a, Recompute: true}), Conv{Out: 2 * growth, Kernel: 1})
		x = s.Concat("concat", x, s.Conv("conv2", s.Norm("norm2", y, Norm{Activation: a}), Conv{Out: growth, Kernel: 3, Pad: 1}))
	}
	return x
}

// denseNet is two such blocks and a linear layer.
func denseNet(b *Builder, x *gorgonia.Node, layers, growth int) *gorgonia.Node {
	y := denseBlock(b.Scope("block1"), b.Conv("stem", x, Conv{Out: 2 * growth, Kernel: 3, Pad: 1}), layers, growth, ReLU)
	y = b.Conv("conv", b.Norm("norm", y, Norm{Activation: ReLU, Recompute: true}), Conv{Out: growth, Kernel: 1})
	y = denseBlock(b.Scope("block2"), b.AvgPool("pool", y, 2, 2), layers, growth, ReLU)
	return b.Linear("fc", b.GlobalAvgPool("mean", b.Norm("last", y, Norm{Activation: ReLU})), 5)
}

// TestConcatenation wants the same results of a network of dense blocks with and
// without shared rows, however memory is planned, and from a run that looks at all
// values.
func TestConcatenation(t *testing.T) {
	const batch, side = 3, 12
	for _, growth := range []int{4, 16, 12} {
		var want map[string][]float32
		for _, o := range []Options{
			{Unfused: []string{ruleConcat}, Memory: SeparateMemory}, {Memory: SeparateMemory}, {}, {Memory: PoisonedMemory},
			{Unfused: []string{ruleConcat}}, {Unfused: Rules(), Memory: PoisonedMemory}, {Arena: &Arena{}},
		} {
			name := fmt.Sprintf("growth %d, memory %d without %v", growth, o.Memory, o.Unfused)
			got := map[string][]float32{}
			for _, training := range []bool{true, false} {
				o := o
				o.Training, o.Seed = training, 3
				state := NewState()
				b := NewBuilder(state, o)
				x := b.Input("x", batch, side, side, 3)
				logits := denseNet(b, x, 4, growth)
				key := "inference"
				if training {
					key = "training"
					loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", batch))
					b.Gradients(loss)
				}
				m := compile(t, b, logits)
				fill(Floats(x), 1)
				for range 2 {
					run(t, m)
				}
				if err := m.RunChecked(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got[key] = append([]float32(nil), Floats(logits)...)
				for i, p := range b.Params() {
					if training {
						got["gradient of "+p.Name()] = append([]float32(nil), Floats(b.gradients[i])...)
					}
				}
				for _, s := range state.Tensors() {
					if training && !s.Trainable {
						got[s.Name] = s.Data()
					}
				}
			}
			if want == nil {
				want = got
			}
			for key, w := range want {
				if e := distance(t, key, got[key], w); !(e <= 2e-5) {
					t.Errorf("%s: %s: relative error %.3g", name, key, e)
				}
			}
		}
	}
}

// TestConcatenationGradient compares gradients through shared rows with finite
// differences.
func TestConcatenationGradient(t *testing.T) {
	check(t, true, func(_ *testing.T, b *Builder) *gorgonia.Node {
		x := b.variable("x", 3, 5, 6, 4)
		y := b.Conv("conv", b.Norm("norm", x, Norm{Activation: Sigmoid, Recompute: true}), Conv{Out: 3, Kernel: 1})
		return b.Concat("concat", x, y)
	})
}

// TestConcatenationMemory wants the memory of a dense block to grow with its output,
// and not with the square of its depth.
func TestConcatenationMemory(t *testing.T) {
	need := func(layers int, unfused ...string) float64 {
		b := NewBuilder(NewState(), Options{Training: true, Unfused: unfused})
		y := denseBlock(b, b.Input("x", 8, 16, 16, 16), layers, 16, ReLU)
		loss, _ := b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("mean", y), 5), b.Labels("labels", 8))
		b.Gradients(loss)
		f, err := b.Footprint()
		if err != nil {
			t.Fatal(err)
		}
		return float64(f.Activations)
	}
	short, long := need(10), need(40)
	if ratio := long / short; ratio > 4.2 {
		t.Errorf("four times the layers take %.2f times the memory", ratio)
	}
	if apart := need(40, ruleConcat); long > apart/2 {
		t.Errorf("40 layers take %.0f bytes, and %.0f with rows of their own", long, apart)
	}
}
