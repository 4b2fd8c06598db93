package resnet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestTorchvision compares whole networks with torchvision's: logits and features
// from running statistics, and the gradients of a training step. The environment
// variable names the folder that testdata/torchvision_networks.py made.
func TestTorchvision(t *testing.T) {
	const variable = "GORGONET_TORCHVISION"
	folder := os.Getenv(variable)
	if folder == "" {
		t.Skipf("no %s; make such a folder with testdata/torchvision_networks.py", variable)
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.weights.pth"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s=%s: want files *.weights.pth, got %d, %v", variable, folder, len(paths), err)
	}
	for _, path := range paths {
		base := strings.TrimSuffix(path, ".weights.pth")
		t.Run(filepath.Base(base), func(t *testing.T) {
			network, err := resnet.Lookup(filepath.Base(base), resnet.Options{Dropout: -1, Drop: -1})
			if err != nil {
				t.Fatal(err)
			}
			expected := readTorch(t, base+".expected.pth")
			x, side := expected["x"], expected["x"].Shape[2]
			pictures := nhwc(x.Data, side, 3)
			var labels []int32
			for _, l := range expected["labels"].Ints {
				labels = append(labels, int32(l))
			}
			state := graph.NewState()
			withHeads(state, network, side) // which a file has, too
			logits, features := infer(t, state, network, pictures, side, func() {
				arrays, err := weights.Read(path)
				if err == nil {
					err = state.SetArrays(arrays, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			eLogits := compare.Near(t, "logits", logits, expected["inference"].Data, 1e-4)
			for i, f := range features {
				if want, ok := expected[fmt.Sprintf("C%d", i+2)]; ok {
					t.Logf("error of C%d %.1e", i+2, compare.Near(t, "features", graph.Floats(f), nhwc(want.Data, want.Shape[2], want.Shape[1]), 1e-4))
				}
			}
			s := train(t, state, network, pictures, labels, side)
			eTrained := compare.Near(t, "logits in training", s.logits, expected["logits"].Data, 1e-4)
			compare.Near(t, "loss", []float32{s.loss}, expected["loss"].Data, 1e-4)
			gradients := readTorch(t, base+".gradients.pth")
			if len(gradients) != len(s.gradients) {
				t.Errorf("gradients of %d parameters, want %d", len(s.gradients), len(gradients))
			}
			var e errorOf
			for name, want := range gradients {
				got := s.gradients[name]
				if len(got) != len(want.Data) {
					t.Errorf("gradient of %s: %d values, want %d", name, len(got), len(want.Data))
					continue
				}
				var difference, square float64
				for i, g := range got {
					d := float64(g) - float64(want.Data[i])
					difference += d * d
					square += float64(want.Data[i]) * float64(want.Data[i])
				}
				e.add(name, difference, square)
			}
			float32s := expected["float32"].Data
			// Networks that torchvision_networks.py does not keep from zero are
			// ill-conditioned, for PyTorch too.
			total, worst := e.check(t, max(1e-3, 2*float64(float32s[1])))
			t.Logf("%-16s  logits %.1e (PyTorch's float32 %.1e), in training %.1e, gradients %.1e (%.1e), worst of %s",
				filepath.Base(base), eLogits, float32s[0], eTrained, total, float32s[1], worst)
		})
	}
}

// readTorch reads a file of torch.save.
func readTorch(t *testing.T, path string) map[string]weights.Array {
	t.Helper()
	arrays, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]weights.Array{}
	for _, a := range arrays {
		byName[a.Name] = a
	}
	return byName
}
