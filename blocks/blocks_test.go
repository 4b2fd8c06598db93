package blocks_test

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
)

func TestParseShortcut(t *testing.T) {
	for _, want := range []blocks.Shortcut{blocks.ShortcutNone, blocks.ShortcutA, blocks.ShortcutB, blocks.ShortcutC} {
		if got, err := blocks.ParseShortcut(string(want)); err != nil || got != want {
			t.Errorf("%s is read as %q, %v", want, got, err)
		}
	}
	for _, s := range []string{"", "a", "D", "None"} {
		if got, err := blocks.ParseShortcut(s); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("%q is read as %q, %v, want an error that quotes it", s, got, err)
		}
	}
}

// TestUnits wants the shapes and tensors of each kind of unit.
func TestUnits(t *testing.T) {
	for _, test := range []struct {
		name    string
		block   blocks.Block
		unit    blocks.Unit
		shape   []int
		params  int
		tensors string // the convolutions and linear layers
	}{
		{"basic, A", blocks.BasicBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutA}, []int{2, 4, 4, 16},
			9*8*16 + 9*16*16 + 4*16, "conv1 conv2"},
		{"basic, B where shapes stay", blocks.BasicBlock, blocks.Unit{Planes: 8, Stride: 1, Shortcut: blocks.ShortcutB}, []int{2, 8, 8, 8},
			2*9*8*8 + 4*8, "conv1 conv2"},
		{"basic, B", blocks.BasicBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutB}, []int{2, 4, 4, 16},
			9*8*16 + 9*16*16 + 8*16 + 6*16, "conv1 conv2 downsample.0"},
		{"basic, C where shapes stay", blocks.BasicBlock, blocks.Unit{Planes: 8, Stride: 1, Shortcut: blocks.ShortcutC}, []int{2, 8, 8, 8},
			2*9*8*8 + 8*8 + 6*8, "conv1 conv2 downsample.0"},
		{"basic, D", blocks.BasicBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutD}, []int{2, 4, 4, 16},
			9*8*16 + 9*16*16 + 8*16 + 6*16, "conv1 conv2 downsample.1"},
		{"plain", blocks.BasicBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutNone}, []int{2, 4, 4, 16},
			9*8*16 + 9*16*16 + 4*16, "conv1 conv2"},
		{"bottleneck, B", blocks.Bottleneck, blocks.Unit{Planes: 4, Stride: 2, Shortcut: blocks.ShortcutB}, []int{2, 4, 4, 16},
			8*4 + 9*4*4 + 4*16 + 8*16 + 2*(4+4+16+16), "conv1 conv2 conv3 downsample.0"},
		{"pre-activated, B", blocks.PreActBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutB}, []int{2, 4, 4, 16},
			9*8*16 + 9*16*16 + 8*16 + 2*(8+16), "conv1 conv2 downsample.0"},
		{"gated", blocks.BasicBlock, blocks.Unit{Planes: 8, Stride: 1, Shortcut: blocks.ShortcutA, Gate: blocks.SqueezeExcite(4)}, []int{2, 8, 8, 8},
			2*9*8*8 + 4*8 + 8*2 + 2 + 2*8 + 8, "conv1 conv2 se.fc1 se.fc2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := graph.NewState()
			b := graph.NewBuilder(state, graph.Options{})
			y := test.block(b, "layer1.0", b.Input("x", 2, 8, 8, 8), test.unit)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			if !y.Shape().Eq(test.shape) || state.Parameters() != test.params {
				t.Errorf("shape %v with %d parameters, want %v with %d", y.Shape(), state.Parameters(), test.shape, test.params)
			}
			var names []string
			for _, s := range state.Tensors() {
				if name, ok := strings.CutSuffix(s.Name, ".weight"); ok && len(s.Shape()) > 1 {
					names = append(names, strings.TrimPrefix(name, "layer1.0."))
				}
			}
			if got := strings.Join(names, " "); got != test.tensors {
				t.Errorf("layers %q, want %q", got, test.tensors)
			}
		})
	}
}

func TestUnitErrors(t *testing.T) {
	for _, test := range []struct {
		name  string
		block blocks.Block
		unit  blocks.Unit
		words []string
	}{
		{"unknown shortcut", blocks.BasicBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: "Z"}, []string{"blocks: layer1.0", `"Z"`}},
		{"unknown shortcut where shapes stay", blocks.BasicBlock, blocks.Unit{Planes: 8, Stride: 1, Shortcut: "Z"}, []string{"blocks: layer1.0", `"Z"`}},
		{"no shortcut chosen", blocks.PreActBlock, blocks.Unit{Planes: 8, Stride: 1}, []string{"blocks: layer1.0", `""`}},
		{"A to fewer channels", blocks.BasicBlock, blocks.Unit{Planes: 4, Stride: 1, Shortcut: blocks.ShortcutA}, []string{"layer1.0.shortcut", "(2, 8, 8, 8)"}},
		{"no planes", blocks.Bottleneck, blocks.Unit{Stride: 1, Shortcut: blocks.ShortcutB}, []string{"layer1.0.conv1", "Out:0"}},
		{"averages of a pre-activated unit", blocks.PreActBlock, blocks.Unit{Planes: 16, Stride: 2, Shortcut: blocks.ShortcutD}, []string{"blocks: layer1.0", "shortcut D"}},
		{"zero start of a pre-activated unit", blocks.PreActBlock, blocks.Unit{Planes: 8, Stride: 1, Shortcut: blocks.ShortcutA, ZeroInit: true}, []string{"blocks: layer1.0", "last norm"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := graph.NewBuilder(graph.NewState(), graph.Options{})
			y := test.block(b, "layer1.0", b.Input("x", 2, 8, 8, 8), test.unit)
			if y != nil || b.Err() == nil {
				t.Fatalf("a node %v came out, with error %v", y, b.Err())
			}
			for _, w := range test.words {
				if !strings.Contains(b.Err().Error(), w) {
					t.Errorf("error %q, want one that says %q", b.Err(), w)
				}
			}
			if z := test.block(b, "layer1.1", nil, test.unit); z != nil {
				t.Error("building went on after an error")
			}
		})
	}
}

// TestZeroInit wants a new unit to be its shortcut alone, and a unit over a
// state that exists to leave it be.
func TestZeroInit(t *testing.T) {
	for _, gate := range []blocks.Gate{nil, blocks.SqueezeExcite(2)} {
		state := graph.NewState()
		u := blocks.Unit{Planes: 4, Stride: 1, Shortcut: blocks.ShortcutA, ZeroInit: true, Gate: gate}
		b := graph.NewBuilder(state, graph.Options{})
		x := b.Input("x", 1, 4, 4, 4)
		y := blocks.BasicBlock(b, "unit", x, u)
		m, err := b.Compile()
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		copy(graph.Floats(x), noise("x", 64))
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		for i, v := range graph.Floats(x) {
			if got := graph.Floats(y)[i]; got != max(v, 0) {
				t.Fatalf("output %d is %v, want the input's %v through ReLU", i, got, v)
			}
		}
		state.Get("unit.bn2.weight").Data()[0] = 3
		again := graph.NewBuilder(state, graph.Options{})
		blocks.BasicBlock(again, "unit", again.Input("x", 2, 4, 4, 4), u)
		if v := state.Get("unit.bn2.weight").Data()[0]; again.Err() != nil || v != 3 {
			t.Errorf("building again set a trained scale to %v, want 3 (%v)", v, again.Err())
		}
	}
}

// TestSqueezeExciteErrors wants what cannot be squeezed to be an error that names it.
func TestSqueezeExciteErrors(t *testing.T) {
	for name, try := range map[string]func(b *graph.Builder){
		"no reduction": func(b *graph.Builder) { blocks.SqueezeExcite(0)(b, b.Input("x", 1, 8, 8, 4)) },
		"a matrix":     func(b *graph.Builder) { blocks.SqueezeExcite(4)(b, b.Input("x", 1, 4)) },
		"nothing":      func(b *graph.Builder) { blocks.SqueezeExcite(4)(b, nil) },
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{}).Scope("unit")
		try(b)
		if err := b.Err(); err == nil || !strings.Contains(err.Error(), "unit: squeeze and excitation wants") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
