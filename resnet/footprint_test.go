package resnet_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// TestFootprint compares the estimate with what lies in Go's heap after a step. The
// kernels' memory may be there from other tests, so it counts as an uncertainty.
func TestFootprint(t *testing.T) {
	for _, test := range []struct {
		model    string
		batch    int
		training bool
	}{
		{"resnet20", 64, true},
		{"preact_resnet110", 4, true},
		{"resnet18", 2, true},
		{"resnet18", 8, false},
		{"resnext50_32x4d", 2, false},
	} {
		t.Run(fmt.Sprintf("%s, batch %d, training %v", test.model, test.batch, test.training), func(t *testing.T) {
			network, err := resnet.Lookup(test.model, resnet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			before := inHeap()
			b := graph.NewBuilder(graph.NewState(), graph.Options{Training: test.training})
			side := network.Info().Input
			logits := network.Build(b, b.Input("images", test.batch, side, side, 3))
			if test.training {
				loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", test.batch))
				b.Gradients(loss)
			}
			f, err := b.Footprint(logits)
			if err != nil {
				t.Fatal(err)
			}
			m, err := b.Compile(logits)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			solver := &training.Solver{}
			if test.training {
				if err := solver.Step(m.Params()); err != nil {
					t.Fatal(err)
				}
			}
			took := inHeap() - before
			runtime.KeepAlive(solver)
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			most, least := f.Total(), f.Total()-f.Workspace
			t.Logf("%d MiB in the heap, estimated %d, %d of them the kernels'", took>>20, most>>20, f.Workspace>>20)
			if float64(took) > 1.1*float64(most) || float64(took) < 0.9*float64(least) {
				t.Errorf("%d bytes in the heap, want %d to %d within a tenth", took, least, most)
			}
		})
	}
}

// TestAdvice asks for batches that do not fit by far, and wants the same advice of all,
// which fits, and the next larger batch not to.
func TestAdvice(t *testing.T) {
	t.Setenv("GORGONET_MEMORY", "1GiB")
	network := lookup(t, "resnet50", resnet.Options{Input: 128})
	advice := func(batch int) int {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
		loss, _ := b.CrossEntropy("loss", network.Build(b, b.Input("images", batch, 128, 128, 3)), b.Labels("labels", batch))
		b.Gradients(loss)
		m, err := b.Compile()
		var refused *graph.MemoryError
		switch {
		case err == nil:
			m.Close()
			return batch
		case !errors.As(err, &refused):
			t.Fatal(err)
		}
		return refused.Fits
	}
	fits := advice(1_000)
	if fits < 4 || fits > 100 {
		t.Errorf("a batch of %d fits into 1 GiB", fits)
	}
	for _, batch := range []int{fits, fits + 1, 10_000, 100_000} {
		if got := advice(batch); got != fits {
			t.Errorf("a batch of %d: the advice is %d, want %d", batch, got, fits)
		}
	}
}

// inHeap is what lies in the heap that somebody can reach.
func inHeap() int64 {
	var m runtime.MemStats
	for range 2 { // Gorgonia's machines have finalizers
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
