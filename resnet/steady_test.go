package resnet_test

import (
	"math"
	"runtime"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// steps builds a training graph and returns what does one step.
func steps(t *testing.T, name string, batch int) func() {
	t.Helper()
	network, err := resnet.Lookup(name, resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
	x, labels := b.Input("images", batch, 32, 32, 3), b.Labels("labels", batch)
	loss, _ := b.CrossEntropy("loss", network.Build(b, x), labels)
	b.Gradients(loss)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for i := range graph.Floats(x) {
		graph.Floats(x)[i] = float32(math.Sin(float64(i)))
	}
	solver := training.Solver{Optimizer: training.NewSGD(), Rate: 0.01}
	return func() {
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		if err := solver.Step(m.Params()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAllocations wants a step of ResNet-20 to allocate less than 64 KiB in fewer
// than 2,000 objects: most are Gorgonia's own, for each operation. Of several spans
// of steps the best one counts: in others a worker may still be new to a kind of task.
func TestAllocations(t *testing.T) {
	const spans, count = 6, 20
	step := steps(t, "resnet20", 2)
	bytes, objects := uint64(math.MaxUint64), uint64(math.MaxUint64)
	for range spans {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range count {
			step()
		}
		runtime.ReadMemStats(&after)
		bytes, objects = min(bytes, (after.TotalAlloc-before.TotalAlloc)/count), min(objects, (after.Mallocs-before.Mallocs)/count)
	}
	t.Logf("%d bytes in %d objects a step", bytes, objects)
	if bytes >= 64<<10 || objects >= 2000 {
		t.Errorf("a step allocates %d bytes in %d objects, want less than 65536 in 2000", bytes, objects)
	}
}

// TestFlatMemory wants what the process has taken from the system to stay where it
// is over 2,000 steps.
func TestFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 steps take a while")
	}
	const settle, count = 200, 2000
	step := steps(t, "resnet8", 4)
	held := func() (m runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m
	}
	for range settle {
		step()
	}
	before := held()
	for range count {
		step()
	}
	after := held()
	t.Logf("in use %d and %d KiB, taken from the system %d and %d KiB, %d goroutines",
		before.HeapInuse>>10, after.HeapInuse>>10, before.Sys>>10, after.Sys>>10, runtime.NumGoroutine())
	const slack = 1 << 20
	if after.HeapInuse > before.HeapInuse+slack || after.Sys > before.Sys+8*slack {
		t.Errorf("after %d more steps %d bytes are in use and %d taken from the system, before %d and %d", count, after.HeapInuse, after.Sys, before.HeapInuse, before.Sys)
	}
}
