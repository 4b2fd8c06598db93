package blocks_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// TestInvertedBlocks wants torchvision's tensors of MBConv, FusedMBConv and a block of
// ConvNeXt, and their operations: in training with stochastic depth, and in inference.
func TestInvertedBlocks(t *testing.T) {
	norm := func(tensors map[string][]int, name string, channels int) {
		for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
			tensors[name+"."+part] = []int{channels}
		}
	}
	mbconv := map[string][]int{
		"block.0.0.weight": {24, 8, 1, 1}, "block.1.0.weight": {24, 1, 5, 5}, "block.3.0.weight": {8, 24, 1, 1},
		"block.2.fc1.weight": {2, 24, 1, 1}, "block.2.fc1.bias": {2}, "block.2.fc2.weight": {24, 2, 1, 1}, "block.2.fc2.bias": {24},
	}
	norm(mbconv, "block.0.1", 24)
	norm(mbconv, "block.1.1", 24)
	norm(mbconv, "block.3.1", 8)
	first := map[string][]int{
		"block.0.0.weight": {8, 1, 3, 3}, "block.2.0.weight": {16, 8, 1, 1},
		"block.1.fc1.weight": {2, 8, 1, 1}, "block.1.fc1.bias": {2}, "block.1.fc2.weight": {8, 2, 1, 1}, "block.1.fc2.bias": {8},
	}
	norm(first, "block.0.1", 8)
	norm(first, "block.2.1", 16)
	fused := map[string][]int{"block.0.0.weight": {32, 8, 3, 3}, "block.1.0.weight": {16, 32, 1, 1}}
	norm(fused, "block.0.1", 32)
	norm(fused, "block.1.1", 16)
	single := map[string][]int{"block.0.0.weight": {8, 8, 3, 3}}
	norm(single, "block.0.1", 8)
	convNeXt := map[string][]int{
		"layer_scale": {8, 1, 1}, "block.0.weight": {8, 1, 7, 7}, "block.0.bias": {8}, "block.2.weight": {8}, "block.2.bias": {8},
		"block.3.weight": {32, 8}, "block.3.bias": {32}, "block.5.weight": {8, 32}, "block.5.bias": {8},
	}
	inverted := func(emit func(*graph.Builder, string, *gorgonia.Node, blocks.Inverted) *gorgonia.Node, m blocks.Inverted) func(*graph.Builder, *gorgonia.Node) *gorgonia.Node {
		return func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return emit(b, "1.0", x, m) }
	}
	excite := "global average pool, conv, bias, silu, conv, bias, sigmoid, scale channels, "
	for name, test := range map[string]struct {
		emit                func(*graph.Builder, *gorgonia.Node) *gorgonia.Node
		out                 []int
		tensors             map[string][]int
		training, inference string
	}{
		"MBConv": {inverted(blocks.MBConv, blocks.Inverted{Out: 8, Expand: 3, Kernel: 5, Drop: 0.5}), []int{2, 6, 6, 8}, mbconv,
			"conv, batch norm, silu, conv, batch norm, silu, " + excite + "conv, batch norm, stochastic depth, add",
			"conv, batch norm, conv, batch norm, " + excite + "conv, batch norm"},
		"MBConv without expansion": {inverted(blocks.MBConv, blocks.Inverted{Out: 16, Kernel: 3, Stride: 2, Drop: 0.5}), []int{2, 3, 3, 16}, first,
			"conv, batch norm, silu, " + excite + "conv, batch norm", "conv, batch norm, " + excite + "conv, batch norm"},
		"FusedMBConv": {inverted(blocks.FusedMBConv, blocks.Inverted{Out: 16, Expand: 4, Kernel: 3, Stride: 2, Drop: 0.5}), []int{2, 3, 3, 16}, fused,
			"conv, batch norm, silu, conv, batch norm", "conv, batch norm, conv, batch norm"},
		"FusedMBConv without expansion": {inverted(blocks.FusedMBConv, blocks.Inverted{Out: 8, Kernel: 3, Drop: 0.5}), []int{2, 6, 6, 8}, single,
			"conv, batch norm, silu, stochastic depth, add", "conv, batch norm, add"},
		"plain FusedMBConv": {inverted(blocks.FusedMBConv, blocks.Inverted{Out: 8, Kernel: 3, Drop: 0.5, Plain: true}), []int{2, 6, 6, 8}, single,
			"conv, batch norm, silu", "conv, batch norm"},
		"ConvNeXt": {func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.ConvNeXtBlock(b, "1.0", x, blocks.ConvNeXt{Drop: 0.5})
		}, []int{2, 6, 6, 8}, convNeXt,
			"conv, bias, layer norm, linear, gelu, linear, scale, stochastic depth, add", "conv, bias, layer norm, linear, gelu, linear, scale, add"},
	} {
		for training, want := range map[bool]string{true: test.training, false: test.inference} {
			state := graph.NewState()
			b := graph.NewBuilder(state, graph.Options{Training: training})
			y := test.emit(b, b.Input("x", 2, 6, 6, 8))
			if b.Err() != nil {
				t.Fatalf("%s: %v", name, b.Err())
			}
			if !slices.Equal([]int(y.Shape()), test.out) {
				t.Errorf("%s makes %v, want %v", name, y.Shape(), test.out)
			}
			var kinds []string
			for _, o := range b.Operations() {
				kinds = append(kinds, string(o.Kind))
			}
			if got := strings.Join(kinds, ", "); got != want {
				t.Errorf("%s: %s\nwant %s", name, got, want)
			}
			got := map[string][]int{}
			for _, s := range state.Tensors() {
				got[strings.TrimPrefix(s.Name, "1.0.")] = s.TorchShape()
			}
			if !maps.EqualFunc(got, test.tensors, slices.Equal) {
				t.Errorf("%s has %v, want %v", name, got, test.tensors)
			}
		}
	}
}

func TestInvertedErrors(t *testing.T) {
	for want, emit := range map[string]func(*graph.Builder, *gorgonia.Node) *gorgonia.Node{
		"blocks: a: an inverted block takes pictures [N H W C] and needs an odd kernel": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.MBConv(b, "a", x, blocks.Inverted{Out: 8, Kernel: 4})
		},
		"got <nil>, 3": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.FusedMBConv(b, "a", nil, blocks.Inverted{Out: 8, Kernel: 3})
		},
		"at least 1 output channel": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.MBConv(b, "a", x, blocks.Inverted{Kernel: 3})
		},
		"blocks: a: a ConvNeXt block takes pictures [N H W C]": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.ConvNeXtBlock(b, "a", x, blocks.ConvNeXt{Kernel: 6})
		},
		"probability of dropping": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return blocks.ConvNeXtBlock(b, "a", x, blocks.ConvNeXt{Drop: 1})
		},
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
		if y := emit(b, b.Input("x", 2, 6, 6, 8)); y != nil || b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("want an error with %q, got %v", want, b.Err())
		}
	}
}

// TestDivisible wants torchvision's rounding of channels.
func TestDivisible(t *testing.T) {
	for n, want := range map[float64]int{1: 8, 8: 8, 11: 16, 12: 16, 17.6: 16, 18.5: 24, 26.4: 24, 44: 48, 211.2: 208} {
		if got := blocks.Divisible(n, 8); got != want {
			t.Errorf("%v channels become %d, want %d", n, got, want)
		}
	}
}
