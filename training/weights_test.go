package training

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestLoadWeights loads a network's tensors from files of either kind, with the
// names of others, and what else may be in them.
func TestLoadWeights(t *testing.T) {
	state := func(seed uint64) *graph.State {
		network, err := resnet.CIFAR(8)
		if err != nil {
			t.Fatal(err)
		}
		b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: seed})
		network.Build(b, b.Input("x", 1, 32, 32, 3))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		return b.State()
	}
	source := state(1)
	theirs := append(source.Arrays(), weights.Array{Name: "bn1.num_batches_tracked", Shape: []int{}, Ints: []int64{5}})
	for i, a := range theirs {
		theirs[i].Name = "module." + strings.Replace(a.Name, "fc.", "linear.", 1)
	}
	velocities := append(source.Arrays(), weights.Array{Name: "momentum.fc.bias", Shape: []int{1}, Data: []float32{1}})
	for name, arrays := range map[string][]weights.Array{"theirs.pth": theirs, "theirs.safetensors": theirs, "ours.safetensors": velocities} {
		path := filepath.Join(t.TempDir(), name)
		if err := weights.Write(path, arrays); err != nil {
			t.Fatal(err)
		}
		target := state(2)
		if err := LoadWeights(target, path); err != nil {
			t.Fatal(err)
		}
		for _, x := range source.Tensors() {
			if !slices.Equal(target.Get(x.Name).Data(), x.Data()) {
				t.Errorf("%s: %s differs", name, x.Name)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "part.pth")
	if err := weights.WriteTorch(path, source.Arrays()[1:]); err != nil {
		t.Fatal(err)
	}
	if err := LoadWeights(state(2), path); err == nil || !strings.Contains(err.Error(), "part.pth") || !strings.Contains(err.Error(), "missing 1 of 37: conv1.weight") {
		t.Errorf("a tensor is missing: %v", err)
	}
}
