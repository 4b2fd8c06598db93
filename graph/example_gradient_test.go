package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// TestExampleGradients compares the gradients of the operations in the Examples with
// central differences, with memory that is filled with NaN where a plan gives it on,
// and wants the operations in the list and their memory in the estimate.
func TestExampleGradients(t *testing.T) {
	for kind, build := range map[graph.Kind]func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node{
		"upsample": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return upsample(b, "own", x) },
		"gate":     func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return gate(b, "own", x, 0.7) },
	} {
		t.Run(string(kind), func(t *testing.T) {
			state := graph.NewState()
			b := graph.NewBuilder(state, graph.Options{Training: true, Seed: 5, Memory: graph.PoisonedMemory})
			x := b.Parameter("x", graph.Normal(1), 2, 3, 5, 4)
			own := build(b.Scope("unit"), b.Conv("conv1", x, graph.Conv{Out: 4, Kernel: 3, Pad: 1}))
			y := b.Conv("conv2", own, graph.Conv{Out: 6, Kernel: 3, Pad: 1}) // so that no two pixels count alike
			loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", b.Activate("silu", y, graph.SiLU)), b.Labels("labels", 2))
			params := b.Params()
			grads := b.Gradients(loss)
			described := 0
			for _, o := range b.Operations() {
				if o.Kind == kind && o.Layer == "unit.own" {
					described++
				}
			}
			if want := map[graph.Kind]int{"upsample": 2, "gate": 3}[kind]; described != want {
				t.Errorf("described %d times, want %d", described, want)
			}
			before, err := b.Footprint()
			if err != nil {
				t.Fatal(err)
			}
			m, err := b.Compile(grads...)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			// Both outputs are there until the gradients are computed from them.
			if least := int64(4 * (own.Shape().TotalSize() + y.Shape().TotalSize())); before.Activations < least {
				t.Errorf("activations of %d bytes, want %d at least", before.Activations, least)
			}
			lossAt := func() float64 {
				t.Helper()
				if err := m.Run(); err != nil {
					t.Fatal(err)
				}
				return float64(graph.Scalar(loss))
			}
			lossAt()
			for i, p := range params {
				gradient := slices.Clone(graph.Floats(grads[i]))
				w := state.Get(p.Name()).Data()
				saved := slices.Clone(w)
				rng := rand.New(rand.NewPCG(3, uint64(i)))
				const step = 1e-2
				var want, norm float64
				direction := make([]float64, len(w))
				for j := range w {
					direction[j] = rng.NormFloat64() / math.Sqrt(float64(len(w)))
					want += direction[j] * float64(gradient[j])
					norm += float64(gradient[j]) * float64(gradient[j])
				}
				norm = math.Sqrt(norm)
				move := func(s float64) float64 {
					for j := range w {
						w[j] = saved[j] + float32(s*direction[j])
					}
					return lossAt()
				}
				got := (move(step) - move(-step)) / (2 * step)
				copy(w, saved)
				if norm == 0 || !(math.Abs(got-want) <= 5e-3*norm+1e-5) {
					t.Errorf("%s: the slope is %v, by the gradient %v (length %v)", p.Name(), got, want, norm)
				}
			}
		})
	}
}

// TestExampleUpsample wants pixels where they belong, and an error that names the layer.
func TestExampleUpsample(t *testing.T) {
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	x := b.Input("x", 1, 2, 2, 1)
	y := upsample(b, "up", x)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	copy(graph.Floats(x), []float32{1, 2, 3, 4})
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	if want := []float32{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}; !slices.Equal(graph.Floats(y), want) {
		t.Errorf("got %v, want %v", graph.Floats(y), want)
	}
	b = graph.NewBuilder(graph.NewState(), graph.Options{})
	upsample(b, "up", b.Input("x", 2, 3))
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "up (upsample)") {
		t.Errorf("of no pictures: %v", err)
	}
}
