package graph

import (
	"slices"
	"testing"
)

// TestFoldedWeights runs graphs for several sizes of pictures over shared folded weights
// and over weights of their own: the bits are the same, and what is shared is made
// once for each way in which weights lie.
func TestFoldedWeights(t *testing.T) {
	state := NewState()
	folds := &FoldedWeights{}
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
		own := infer(Options{Constant: true}, size[0], size[1])
		sameBits(t, "shared", infer(Options{Constant: true, Folded: folds}, size[0], size[1]), own)
		sameBits(t, "not frozen", infer(Options{Folded: folds}, size[0], size[1]), own)
	}
	if n := len(folds.of["conv"]); len(folds.of) != 1 || n < 1 || n > 2 {
		t.Errorf("%d layers have folded weights and the convolution %d, want 1 and at most 2", len(folds.of), n)
	}
	// Graphs that are not frozen never look there.
	fill(state.Get("conv.weight").Data(), 9)
	if slices.Equal(infer(Options{Folded: folds}, 2, 4), infer(Options{Constant: true, Folded: folds}, 2, 4)) {
		t.Error("a graph that is not frozen took old weights")
	}
}
