package diffusion

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// dropping is a small network with dropout and everything else that there is.
func dropping() UNet {
	return UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1, Attention: []int{4}, Groups: 4, Dropout: 0.3}
}

// checkpoint trains to so many steps, from a checkpoint if there is one, and saves the next.
func checkpoint(t *testing.T, steps int, from, to string) []weights.Array {
	t.Helper()
	u := dropping()
	data := Data{Pictures: plain(64), Schedule: Paper(), Channels: u.Channels}
	trainer, err := training.New(training.Config{
		Name: "unet", Model: u, Task: Task{data.Shape()}, Train: data, Test: data, Batch: 8, Accumulate: 2, Iterations: steps,
		Optimizer: training.NewAdam(), Schedule: training.Constant{Base: 2e-3}, Clip: 1, Average: 0.9, Seed: 3,
	})
	if err == nil && from != "" {
		err = trainer.Load(from)
	}
	if err == nil {
		err = trainer.Run(context.Background())
	}
	if err == nil {
		err = trainer.Save(to)
	}
	if err != nil {
		t.Fatal(err)
	}
	arrays, err := weights.Read(to)
	if err != nil {
		t.Fatal(err)
	}
	return arrays
}

// TestSameBits goes on from a checkpoint within an epoch, with dropout, to the bits of a
// run left alone, on any number of processors.
func TestSameBits(t *testing.T) {
	dir := t.TempDir()
	var want []weights.Array
	for _, processors := range []int{1, 2, 3} {
		before := runtime.GOMAXPROCS(processors)
		alone := checkpoint(t, 12, "", filepath.Join(dir, "alone"))
		checkpoint(t, 5, "", filepath.Join(dir, "first"))
		resumed := checkpoint(t, 12, filepath.Join(dir, "first"), filepath.Join(dir, "second"))
		runtime.GOMAXPROCS(before)
		if want == nil {
			want = alone
		}
		for name, got := range map[string][]weights.Array{"left alone": alone, "resumed": resumed} {
			for i, a := range want {
				if !slices.Equal(got[i].Data, a.Data) || got[i].Name != a.Name {
					t.Fatalf("%d processors, %s: other bits of %s", processors, name, a.Name)
				}
			}
		}
	}
}

// TestMemoryPlan trains and predicts in memory for each output apart, in planned memory, and
// in memory that is poisoned as soon as nobody should read it: all give the same bits.
func TestMemoryPlan(t *testing.T) {
	outputs := func(train bool, memory graph.Memory) (out []float32) {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: train, Seed: 2, Memory: memory})
		x := b.Input("x", 2, 8, 8, 3)
		y := dropping().Build(b, x)
		nodes := gorgonia.Nodes{y}
		target, present := x, x
		if train {
			target, present = b.Input("target", 2, 8, 8, 3), b.Input("present", 2)
			nodes = append(nodes, b.SquaredError("loss", y, target, present))
			b.Gradients(nodes[1])
		}
		m, err := b.Compile(nodes...)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for step := range 2 {
			m.SetStep(uint64(step))
			for i := range graph.Floats(x) {
				graph.Floats(x)[i] = float32((i*7+step)%11)/5 - 1
				if train {
					graph.Floats(target)[i] = float32(i%5) - 2
				}
			}
			if train {
				copy(graph.Floats(present), []float32{1, 1})
			}
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			for _, n := range nodes {
				out = append(out, graph.Floats(n)...)
			}
			for _, p := range b.Params() {
				if g, err := p.Grad(); train && err == nil {
					out = append(out, g.Data().([]float32)...)
				}
			}
		}
		return out
	}
	for _, train := range []bool{true, false} {
		t.Run(fmt.Sprint("training ", train), func(t *testing.T) {
			want := outputs(train, graph.SeparateMemory)
			for _, memory := range []graph.Memory{graph.PlannedMemory, graph.PoisonedMemory} {
				if got := outputs(train, memory); !slices.Equal(got, want) {
					t.Errorf("other bits in memory %d", memory)
				}
			}
		})
	}
}

// TestStateNames wants those of the PyTorch port of Song et al. 2021, and reads what it
// wrote.
func TestStateNames(t *testing.T) {
	build := func(seed uint64) *graph.State {
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{Seed: seed})
		dropping().Build(b, b.Input("x", 1, 8, 8, 3))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		return state
	}
	state := build(1)
	for _, name := range []string{"temb.dense.1.weight", "conv_in.bias", "down.0.block.0.norm1.weight", "down.0.block.0.temb_proj.weight", "down.0.downsample.conv.weight",
		"down.1.block.0.nin_shortcut.weight", "down.1.attn.0.q.weight", "mid.block_1.conv1.weight", "mid.attn_1.proj_out.bias", "up.1.block.1.conv2.weight", "up.1.attn.1.norm.bias",
		"up.1.upsample.conv.bias", "norm_out.weight", "conv_out.weight"} {
		if state.Get(name) == nil {
			t.Errorf("there is no %s", name)
		}
	}
	path := filepath.Join(t.TempDir(), "unet.pth")
	if err := weights.Write(path, state.Arrays()); err != nil {
		t.Fatal(err)
	}
	other := build(2)
	if err := training.LoadWeights(other, path); err != nil {
		t.Fatal(err)
	}
	for _, x := range state.Tensors() {
		if !slices.Equal(other.Get(x.Name).Data(), x.Data()) {
			t.Errorf("%s is not what was written", x.Name)
		}
	}
}
