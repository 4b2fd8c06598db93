package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
)

// everyRule is a network in which every rule applies: identity and projected shortcuts,
// activations of every kind after norms and additions.
func everyRule(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	y := b.Norm("bn0", b.Conv("conv0", x, Conv{Out: 16, Kernel: 3, Pad: 1}), Norm{Activation: SiLU})
	for _, name := range []string{"a", "b"} {
		s := b.Scope(name)
		z := s.Norm("bn1", s.Conv("conv1", y, Conv{Out: 16, Kernel: 3, Pad: 1}), Norm{Activation: ReLU6})
		z = s.Norm("bn2", s.Conv("conv2", z, Conv{Out: 16, Kernel: 3, Pad: 1}), Norm{Shortcut: y, Activation: ReLU})
		y = s.Add("add", z, s.Norm("bn3", s.Conv("conv3", z, Conv{Out: 16, Kernel: 1}), Norm{Activation: Hardswish}), Sigmoid)
	}
	return b.Linear("fc", b.GlobalAvgPool("pool", b.Norm("ln", y, Norm{Kind: LayerNorm, Activation: GELU})), 5)
}

// TestRules leaves rules out, one by one and all together, and wants the same
// results: logits and loss, gradients and running statistics in training, logits in
// inference.
func TestRules(t *testing.T) {
	const tolerance = 2e-5
	type results struct {
		values map[string][]float32
		nodes  int
	}
	compute := func(unfused ...string) (r results) {
		state := NewState()
		r.values = map[string][]float32{}
		b := NewBuilder(state, Options{Training: true, Seed: 5, Unfused: unfused})
		x := b.Input("x", 6, 8, 8, 3)
		fill(Floats(x), 1)
		logits := everyRule(b, x)
		labels := b.Labels("labels", 6)
		copy(Ints(labels), []int32{0, 1, 2, 3, 4, 0})
		loss, _ := b.CrossEntropy("loss", logits, labels)
		grads := b.Gradients(loss)
		m := compile(t, b, logits)
		r.nodes = len(b.Graph().AllNodes())
		for range 2 {
			run(t, m)
		}
		r.values["logits in training"] = append([]float32{Scalar(loss)}, Floats(logits)...)
		for i, p := range b.Params() {
			r.values["gradient of "+p.Name()] = append([]float32(nil), Floats(grads[i])...)
		}
		for _, s := range state.Tensors() {
			if !s.Trainable {
				r.values[s.Name] = append([]float32(nil), s.Data()...)
			}
		}
		i := NewBuilder(state, Options{Unfused: unfused})
		x = i.Input("x", 6, 8, 8, 3)
		fill(Floats(x), 1)
		logits = everyRule(i, x)
		run(t, compile(t, i, logits))
		r.values["logits in inference"] = append([]float32(nil), Floats(logits)...)
		return r
	}
	want := compute()
	for _, unfused := range append([][]string{Rules()}, [][]string{{ruleNormFolded}, {ruleMoments}, {ruleShortcutGradient}, {ruleActivation}}...) {
		got := compute(unfused...)
		if len(got.values) != len(want.values) {
			t.Errorf("without %v: %d results, want %d", unfused, len(got.values), len(want.values))
		}
		worst := 0.0
		for name, w := range want.values {
			e := distance(t, name, got.values[name], w)
			worst = max(worst, e)
			if !(e <= tolerance) {
				t.Errorf("without %v: %s: relative error %.3g", unfused, name, e)
			}
		}
		t.Logf("without %v: %d nodes instead of %d, relative error at most %.2g", unfused, got.nodes, want.nodes, worst)
	}
	if without := compute(Rules()...); without.nodes <= want.nodes {
		t.Errorf("%d nodes without rules, %d with them: none applied", without.nodes, want.nodes)
	}
}

// TestUnknownRule wants the rules that there are to be named.
func TestUnknownRule(t *testing.T) {
	_, err := NewBuilder(NewState(), Options{Unfused: []string{"magic"}}).Compile()
	wantError(t, "Compile", err, `"magic"`, ruleNormFolded, ruleActivation)
}
