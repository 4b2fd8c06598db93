package segmentation_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// TestMemoryPlan trains with planned memory, with memory that is poisoned as soon as
// nobody should read it, with memory for each output apart, with no rule, and on three
// processors: all but the rules give the same bits.
func TestMemoryPlan(t *testing.T) {
	for _, c := range []narrow{
		{Name: "fcn", Block: "bottleneck", Stride: 8, Units: []int{1, 1, 2, 1}, Planes: []int{4, 4, 8, 8}},
		{Name: "deeplab", Block: "basic", Stride: 16, Units: []int{1, 1, 1, 1}, Planes: []int{4, 4, 8, 8}, Channels: 8, Rates: []int{1, 2, 3}},
	} {
		for _, training := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, training %v", c.Name, training), func(t *testing.T) {
				want := outputs(t, c.network(), graph.Options{Training: training, Seed: 2, Memory: graph.SeparateMemory})
				for _, memory := range []graph.Memory{graph.PlannedMemory, graph.PoisonedMemory} {
					if got := outputs(t, c.network(), graph.Options{Training: training, Seed: 2, Memory: memory}); !slices.Equal(got, want) {
						t.Errorf("memory %d gives other bits", memory)
					}
				}
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
				if got := outputs(t, c.network(), graph.Options{Training: training, Seed: 2}); !slices.Equal(got, want) {
					t.Error("three processors give other bits")
				}
				runtime.GOMAXPROCS(1)
				unfused := outputs(t, c.network(), graph.Options{Training: training, Seed: 2, Unfused: graph.Rules()})
				t.Logf("without rules: %.1e", compare.Near(t, "without rules", unfused, want, 1e-3))
			})
		}
	}
}

// outputs are the logits of two pictures, or with training the losses and gradients of
// two steps.
func outputs(t *testing.T, n segmentation.Network, o graph.Options) (out []float32) {
	t.Helper()
	state := graph.NewState()
	b := graph.NewBuilder(state, o)
	x, labels := b.Input("x", 2, 33, 41, 3), b.Labels("labels", 2*33*41)
	logits, heads, weight := n.BuildAuxiliary(b, x)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	var grads []float32
	loss, correct := b.PixelCrossEntropy("loss", logits, labels, graph.CrossEntropyOptions{Ignored: []int32{255}})
	aux, _ := b.PixelCrossEntropy("loss1", heads[0], labels, graph.CrossEntropyOptions{Ignored: []int32{255}})
	total := b.WeightedSum("total", []float64{1, weight}, loss, aux)
	nodes := b.Gradients(total)
	m, err := b.Compile(logits, correct)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for step := range 2 {
		for i := range graph.Floats(x) {
			graph.Floats(x)[i] = float32(math.Sin(float64(i * (step + 2))))
		}
		for i := range graph.Ints(labels) {
			graph.Ints(labels)[i] = []int32{0, 2, 255, 1, 0}[(i+step)%5]
		}
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		out = append(append(out, graph.Scalar(total), graph.Scalar(correct)), graph.Floats(logits)...)
		for _, g := range nodes {
			grads = append(grads, graph.Floats(g)...)
		}
	}
	out = append(out, grads...)
	if slices.ContainsFunc(out, func(v float32) bool { return v != v }) {
		t.Fatal("values that are no numbers")
	}
	return out
}
