package main

import (
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/detection"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// scenes are a few drawn pictures.
func scenes(t *testing.T) *annotations.Set {
	t.Helper()
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: 4, Size: annotations.Size{Height: 64, Width: 96}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// picture writes drawn picture i.
func picture(t *testing.T, i int, path string) {
	t.Helper()
	m, err := scenes(t).Open(i)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, m)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkpoint trains a small network for two steps on drawn pictures.
func checkpoint(t *testing.T, path string) {
	t.Helper()
	n, err := networks.Lookup("fasterrcnn_small", networks.Options{Classes: 11})
	if err != nil {
		t.Fatal(err)
	}
	task := detection.Task{Network: n, Objects: 4}
	data, err := detection.NewData(scenes(t), task, detection.DataOptions{Preprocessing: annotations.Preprocessing{MinSides: []int{64}}})
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := training.New(training.Config{Name: "fasterrcnn_small", Model: task.Model(), Task: task, Train: data, Batch: 2, Iterations: 2,
		Preprocessing: &training.Preprocessing{Resize: 64, Mean: []float32{0.5, 0.5, 0.5}, Deviation: []float32{0.25, 0.25, 0.25}}})
	if err == nil {
		err = trainer.Run(context.Background())
	}
	if err == nil {
		err = trainer.Save(path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// torch writes the weights of a Mask R-CNN that nobody has trained.
func torch(t *testing.T, path string) {
	t.Helper()
	n, err := networks.Lookup("maskrcnn_small", networks.Options{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 1})
	n.Detect(b, networks.Pictures{Images: b.Input("images", 1, 64, 64, 3), Sizes: b.Input("sizes", 1, 2)})
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if err := weights.WriteTorch(path, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
}

// TestDetect draws two pictures by a checkpoint, which says what it is of, and one by PyTorch's
// weights with masks, and reads the results as COCO's.
func TestDetect(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "best.safetensors"), filepath.Join(dir, "out")
	checkpoint(t, file)
	a, b, pth := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png"), filepath.Join(dir, "torch.pth")
	picture(t, 0, a)
	picture(t, 1, b)
	torch(t, pth)
	if code, stdout, stderr := clitest.Run(t, "-weights", file, "-classes", "11", "-score", "0", "-out", out, a, b); code != 0 || !strings.Contains(stdout, a) {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for _, name := range []string{"a", "b"} {
		f, err := os.Open(filepath.Join(out, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil || m.Bounds().Size() != image.Pt(96, 64) {
			t.Errorf("%s: %v, %v", name, m.Bounds(), err)
		}
	}
	code, stdout, stderr := clitest.Run(t, "-weights", pth, "-model", "maskrcnn_small", "-classes", "3", "-score", "0.1", "-min-size", "64", "-out", out, a)
	if code != 0 || !strings.Contains(stdout, " %  class ") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	set := &annotations.Set{Categories: []annotations.Category{{ID: 1}, {ID: 2}}, Pictures: []annotations.Picture{{ID: 1, Size: annotations.Size{Height: 64, Width: 96}}}}
	for _, name := range []string{"results.json", "results-masks.json"} {
		if r, err := annotations.ReadResults(filepath.Join(out, name), set); err != nil || len(r.Detections) == 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	common := []string{"-weights", pth, "-model", "maskrcnn_small", "-classes", "3", "-min-size", "64", "-out", out}
	clitest.OnDamaged(t, a, func(path string) []string { return append(common[:len(common):len(common)], path) })
	clitest.OnDamaged(t, file, func(path string) []string { return []string{"-weights", path, "-classes", "11", "-out", out, a} })
	for want, args := range map[string][]string{
		"say with -weights":           {a},
		"PICTURE... is missing":       {"-weights", file},
		"would both be drawn":         {"-weights", file, a, a},
		"holds a fasterrcnn_small":    {"-weights", file, "-model", "maskrcnn_small", a},
		"-classes is 2 to 10000":      {"-weights", file, "-classes", "1", a},
		"-score is 0 to 1":            {"-weights", file, "-score", "2", a},
		"-norm-epsilon is 0 to below": {"-weights", file, "-norm-epsilon", "-1", a},
		"unknown network":             {"-weights", pth, "-model", "ssd", a},
	} {
		if code, _, stderr := clitest.Run(t, args...); code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
	if code, _, stderr := clitest.Run(t, append(common, a, filepath.Join(dir, "none.png"))...); code != 1 || !strings.Contains(stderr, "1 of 2 pictures could not be read") {
		t.Errorf("one picture of two: exit %d, %s", code, stderr)
	}
}

func TestUsage(t *testing.T) { clitest.Usage(t, "detect", 2, "norm-epsilon") }
