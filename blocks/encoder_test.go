package blocks_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
)

func TestParseEncoderOrder(t *testing.T) {
	for _, want := range []blocks.EncoderOrder{blocks.PreLN, blocks.PostLN, blocks.NoShortcut} {
		if got, err := blocks.ParseEncoderOrder(string(want)); err != nil || got != want {
			t.Errorf("%s is read as %q, %v", want, got, err)
		}
	}
	for _, s := range []string{"", "pre-ln", "none"} {
		if got, err := blocks.ParseEncoderOrder(s); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("%q is read as %q, %v, want an error that quotes it", s, got, err)
		}
	}
}

// TestEncoderBlock wants torchvision's tensors whatever the order, and the operations
// of each.
func TestEncoderBlock(t *testing.T) {
	tensors := map[string][]int{
		"ln_1.weight": {6}, "ln_1.bias": {6}, "ln_2.weight": {6}, "ln_2.bias": {6},
		"self_attention.in_proj_weight": {18, 6}, "self_attention.in_proj_bias": {18},
		"self_attention.out_proj.weight": {6, 6}, "self_attention.out_proj.bias": {6},
		"mlp.0.weight": {10, 6}, "mlp.0.bias": {10}, "mlp.3.weight": {6, 10}, "mlp.3.bias": {6},
	}
	attention := "linear, attention, linear, dropout"
	mlp := "linear, gelu, dropout, linear, dropout"
	for order, want := range map[blocks.EncoderOrder]string{
		blocks.PreLN:      "layer norm, " + attention + ", stochastic depth, add, layer norm, " + mlp + ", stochastic depth, add",
		blocks.PostLN:     attention + ", stochastic depth, add, layer norm, " + mlp + ", stochastic depth, add, layer norm",
		blocks.NoShortcut: "layer norm, " + attention + ", layer norm, " + mlp,
	} {
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{Training: true})
		y := blocks.EncoderBlock(b, "layers.0", b.Input("x", 2, 5, 6), blocks.Encoder{Heads: 2, Hidden: 10, Order: order, Dropout: 0.1, Drop: 0.2})
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		if !y.Shape().Eq([]int{2, 5, 6}) {
			t.Errorf("%s: makes %v", order, y.Shape())
		}
		var kinds []string
		for _, o := range b.Operations() {
			kinds = append(kinds, string(o.Kind))
		}
		if got := strings.Join(kinds, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", order, got, want)
		}
		if n := len(state.Tensors()); n != len(tensors) {
			t.Errorf("%s: %d tensors, want %d", order, n, len(tensors))
		}
		for name, shape := range tensors {
			s := state.Get("layers.0." + name)
			if s == nil || !slices.Equal(s.TorchShape(), shape) {
				t.Errorf("%s: %s is %v, want shape %v", order, name, s, shape)
			}
		}
	}
}

func TestEncoderBlockErrors(t *testing.T) {
	for want, e := range map[string]blocks.Encoder{
		`blocks: layers.0: unknown order "middle"`: {Heads: 2, Hidden: 4, Order: "middle"},
		"needs a hidden layer":                     {Heads: 2},
		"5 heads":                                  {Heads: 5, Hidden: 4},
		"probability of dropping":                  {Heads: 2, Hidden: 4, Dropout: 1},
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
		if y := blocks.EncoderBlock(b, "layers.0", b.Input("x", 2, 5, 6), e); y != nil || b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("want an error with %q, got %v", want, b.Err())
		}
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	blocks.EncoderBlock(b, "layers.0", b.Input("x", 2, 4, 4, 6), blocks.Encoder{Heads: 2, Hidden: 4})
	if b.Err() == nil || !strings.Contains(b.Err().Error(), "[N T C]") {
		t.Errorf("want an error with the shape, got %v", b.Err())
	}
}

// TestEncoderBlockOfFirst wants the first token's answer alone to be that of the whole.
func TestEncoderBlockOfFirst(t *testing.T) {
	for _, order := range []blocks.EncoderOrder{blocks.PreLN, blocks.PostLN, blocks.NoShortcut} {
		state := graph.NewState()
		answer := func(first bool) []float32 {
			b := graph.NewBuilder(state, graph.Options{Seed: 1})
			x := b.Input("x", 2, 5, 6)
			y := blocks.EncoderBlock(b, "block", x, blocks.Encoder{Heads: 2, Hidden: 8, Order: order, First: first})
			m, err := b.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			copy(graph.Floats(x), noise("x", 60))
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			return graph.Floats(y)
		}
		whole, first := answer(false), answer(true)
		if len(first) != 12 {
			t.Fatalf("%s: %d values, want 12", order, len(first))
		}
		for i, v := range first {
			if want := whole[i/6*30+i%6]; math.Abs(float64(v-want)) > 1e-6 {
				t.Errorf("%s: value %d is %v, want %v", order, i, v, want)
			}
		}
	}
}
