package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// tokenCase builds one of the cases of testdata/tokens.safetensors, which
// testdata/tokens.py made with PyTorch, from nodes of its inputs.
type tokenCase struct {
	name   string
	inputs []string // those that are variables here; others are the layer's parameters
	build  func(b *Builder, in []*gorgonia.Node) *gorgonia.Node
}

var tokenCases = func() (cases []tokenCase) {
	type nodes = []*gorgonia.Node
	for name, a := range map[string]Attention{
		"attention": {Heads: 3}, "attention of one head": {Heads: 1}, "causal attention": {Heads: 4, Causal: true}, "attention of many tokens": {Heads: 2},
	} {
		cases = append(cases, tokenCase{name, []string{"x"}, func(b *Builder, in nodes) *gorgonia.Node { return b.SelfAttention("l", in[0], a) }})
	}
	for name, transposed := range map[string][2]bool{
		"product": {}, "product with x transposed": {true, false}, "product with y transposed": {false, true}, "product with both transposed": {true, true},
	} {
		cases = append(cases, tokenCase{name, []string{"input", "other"}, func(b *Builder, in nodes) *gorgonia.Node {
			return b.MatMul("l", in[0], in[1], transposed[0], transposed[1])
		}})
	}
	return append(cases,
		tokenCase{"softmax", []string{"x"}, func(b *Builder, in nodes) *gorgonia.Node { return b.Softmax("l", in[0]) }},
		tokenCase{"linear", []string{"input"}, func(b *Builder, in nodes) *gorgonia.Node { return b.Linear("l", in[0], 9) }},
		tokenCase{"join token", []string{"x", "token"}, func(b *Builder, in nodes) *gorgonia.Node { return b.JoinToken("l", in[0], in[1]) }},
		tokenCase{"positions", []string{"x", "positions"}, func(b *Builder, in nodes) *gorgonia.Node { return b.AddToEach("l", in[0], in[1]) }},
		tokenCase{"take token", []string{"x"}, func(b *Builder, in nodes) *gorgonia.Node { return b.TakeToken("l", in[0], 2) }},
		tokenCase{"scale", []string{"x", "factors"}, func(b *Builder, in nodes) *gorgonia.Node { return b.Scale("l", in[0], in[1]) }},
	)
}()

// TestTokensAgainstPyTorch compares outputs and the gradients of all inputs and
// parameters, in separate, planned and poisoned memory.
func TestTokensAgainstPyTorch(t *testing.T) {
	arrays, _, _, err := weights.ReadSafetensors("../testdata/tokens.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]map[string]weights.Array{}
	for _, a := range arrays {
		name, key, _ := strings.Cut(a.Name, "/")
		if of[name] == nil {
			of[name] = map[string]weights.Array{}
		}
		of[name][key] = a
	}
	if len(of) != len(tokenCases) {
		t.Errorf("%d cases in the file, %d here", len(of), len(tokenCases))
	}
	for _, c := range tokenCases {
		for _, memory := range []Memory{PlannedMemory, SeparateMemory, PoisonedMemory} {
			t.Run(c.name, func(t *testing.T) {
				want := of[c.name]
				b := NewBuilder(NewState(), Options{Training: true, Memory: memory})
				var in []*gorgonia.Node
				for _, key := range c.inputs {
					in = append(in, b.Parameter(key, Constant(0), want[key].Shape...))
				}
				y := c.build(b, in)
				dy := b.Input("dy", want["dy"].Shape...)
				loss, _ := b.dot(y, dy)
				b.Gradients(loss)
				m := compile(t, b, y)
				copy(Floats(dy), want["dy"].Data)
				key := strings.NewReplacer("l.in_proj", "in_proj", "l.out_proj.", "out_", "l.", "")
				for _, s := range b.State().Tensors() {
					if err := s.SetTorch(want[key.Replace(s.Name)].Data); err != nil {
						t.Fatal(err)
					}
				}
				for range 2 {
					run(t, m)
				}
				got := map[string][]float32{"y": Floats(y)}
				for i, p := range b.Params() {
					got["d."+key.Replace(p.Name())] = b.State().Get(p.Name()).ToTorch(Floats(b.gradients[i]))
				}
				for key, values := range got {
					if e := distance(t, key, values, want[key].Data); !(e <= 5e-6) {
						t.Errorf("%s: relative error %.3g", key, e)
					}
				}
			})
		}
	}
}

// TestGradientsOfTokens compares gradients with differences.
func TestGradientsOfTokens(t *testing.T) {
	type node = gorgonia.Node
	for name, build := range map[string]func(b *Builder) *node{
		"softmax": func(b *Builder) *node { return b.Softmax("l", b.variable("x", 3, 9)) },
		"matrix product": func(b *Builder) *node {
			return b.MatMul("l", b.variable("x", 2, 3, 5), b.variable("y", 2, 4, 5), false, true)
		},
		"square": func(b *Builder) *node {
			x := b.variable("x", 3, 3)
			return b.MatMul("l", x, x, false, false)
		},
		"attention": func(b *Builder) *node { return b.Attention("l", b.variable("x", 2, 7, 18), Attention{Heads: 3}) },
		"causal attention": func(b *Builder) *node {
			return b.SelfAttention("l", b.variable("x", 2, 5, 6), Attention{Heads: 2, Causal: true})
		},
		"tokens": func(b *Builder) *node {
			x := b.JoinToken("join", b.variable("x", 2, 2, 2, 5), b.variable("token", 1, 1, 5))
			x = b.AddToEach("positions", x, b.variable("p", 1, 5, 5))
			x = b.Scale("scale", b.Softmax("l", x), b.variable("factors", 5))
			return b.Add("sum", b.TakeToken("first", x, 0), b.TakeToken("fourth", x, 3), Identity)
		},
		"frozen tokens": func(b *Builder) *node {
			x := b.Input("x", 2, 4, 5)
			fill(Floats(x), 1)
			return b.AddToEach("positions", x, b.variable("p", 1, 4, 5))
		},
	} {
		for _, training := range []bool{true, false} {
			t.Run(name, func(t *testing.T) { check(t, training, func(_ *testing.T, b *Builder) *node { return build(b) }) })
		}
	}
}

// TestTokensPacked wants a graph with packed weights to answer as one without.
func TestTokensPacked(t *testing.T) {
	state := NewState()
	build := func(o Options) []float32 {
		b := NewBuilder(state, o)
		x := b.Input("x", 2, 3, 3, 8)
		y := b.JoinToken("join", b.Conv("conv", x, Conv{Out: 8, Kernel: 1, Bias: true}), b.Parameter("token", Normal(1), 1, 1, 8))
		y = b.AddToEach("add", y, b.Parameter("positions", Normal(1), 1, 10, 8))
		y = b.SelfAttention("attention", b.Norm("ln", y, Norm{Kind: LayerNorm}), Attention{Heads: 2})
		y = b.TakeToken("take", b.Scale("scaled", y, b.Parameter("scale", Normal(1), 8)), 0)
		m := compile(t, b, y)
		fill(Floats(x), 1)
		run(t, m)
		return slices.Clone(Floats(y))
	}
	want := build(Options{Seed: 1})
	for _, memory := range []Memory{PlannedMemory, SeparateMemory, PoisonedMemory} {
		if e := distance(t, "packed", build(Options{Packed: &PackedWeights{}, Memory: memory}), want); e > 1e-5 {
			t.Errorf("packed: relative error %.3g", e)
		}
	}
}

func TestTokenErrors(t *testing.T) {
	for want, build := range map[string]func(b *Builder, x *gorgonia.Node){
		"4 heads":              func(b *Builder, x *gorgonia.Node) { b.Attention("l", x, Attention{Heads: 4}) },
		"0 heads":              func(b *Builder, x *gorgonia.Node) { b.Attention("l", x, Attention{}) },
		"want tokens [N L E]":  func(b *Builder, x *gorgonia.Node) { b.SelfAttention("l", b.Input("z", 2, 3), Attention{Heads: 1}) },
		"want matrices":        func(b *Builder, x *gorgonia.Node) { b.MatMul("l", x, b.Input("z", 3, 6, 2), false, false) },
		"as many: got":         func(b *Builder, x *gorgonia.Node) { b.MatMul("l", x, b.Input("z", 2, 5, 2), false, false) },
		"want rows [N ... C]":  func(b *Builder, x *gorgonia.Node) { b.JoinToken("l", x, b.Input("z", 5)) },
		"number below T":       func(b *Builder, x *gorgonia.Node) { b.TakeToken("l", x, 3) },
		"one to add [1 ...]":   func(b *Builder, x *gorgonia.Node) { b.AddToEach("l", x, b.Input("z", 1, 3, 5)) },
		"C factors":            func(b *Builder, x *gorgonia.Node) { b.Scale("l", x, b.Input("z", 5)) },
		"cannot initialize no": func(b *Builder, x *gorgonia.Node) { b.InitializeBy("no", XavierUniform) },
	} {
		b := NewBuilder(NewState(), Options{})
		build(b, b.Input("x", 2, 3, 6))
		if b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("want an error with %q, got %v", want, b.Err())
		}
	}
}

// TestInitializeBy wants a new tensor to start so, and one that is there to stay.
func TestInitializeBy(t *testing.T) {
	state := NewState()
	for _, start := range []float32{3, 7} {
		b := NewBuilder(state, Options{})
		b.Linear("l", b.Input("x", 1, 2), 2)
		b.InitializeBy("l.weight", Constant(start))
		if got := state.Get("l.weight").Data()[0]; got != 3 || b.Err() != nil {
			t.Errorf("starts at %v, want 3: %v", got, b.Err())
		}
	}
}
