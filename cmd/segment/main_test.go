package main

import (
	"bytes"
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
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// scenes are a few drawn pictures.
func scenes(t *testing.T, seed uint64) *annotations.Set {
	t.Helper()
	set, err := annotations.Synthetic(annotations.Scenes{Seed: seed, Pictures: 8, Size: annotations.Size{Height: 64, Width: 64}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// checkpoint trains a small network for two steps on drawn pictures.
func checkpoint(t *testing.T, path string) {
	t.Helper()
	n, err := networks.Lookup("fcn_resnet8", networks.Options{Classes: 11})
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := training.New(training.Config{Name: "fcn_resnet8", Model: n, Task: segmentation.Task{Classes: 11}, Batch: 2, Iterations: 2,
		Train: &segmentation.Examples{Set: scenes(t, 1), Size: 32}, Preprocessing: &training.Preprocessing{Resize: 48, Mean: []float32{0.5, 0.5, 0.5}, Deviation: []float32{0.25, 0.25, 0.25}}})
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

// picture writes drawn picture i.
func picture(t *testing.T, i int, path string) image.Point {
	t.Helper()
	m, err := scenes(t, 2).Open(i)
	if err != nil {
		t.Fatal(err)
	}
	m = m.(*image.RGBA).SubImage(image.Rect(0, 0, 60, 50+i))
	var text bytes.Buffer
	if err := png.Encode(&text, m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return m.Bounds().Size()
}

// TestPaint paints two pictures by a checkpoint, which says all that there is to know, and
// one by PyTorch's weights.
func TestPaint(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "best.safetensors")
	checkpoint(t, file)
	a, b, out := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png"), filepath.Join(dir, "out")
	sizes := map[string]image.Point{"a": picture(t, 0, a), "b": picture(t, 1, b)}
	code, stdout, stderr := clitest.Run(t, "-weights", file, "-out", out, a, b)
	if code != 0 || !strings.Contains(stdout, a+": "+filepath.Join(out, "a.png")) || !strings.Contains(stdout, " %  ") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for name, size := range sizes {
		f, err := os.Open(filepath.Join(out, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		mask, err := annotations.DecodeLabels(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if mask.Width != size.X || mask.Height != size.Y {
			t.Errorf("%s: a mask of %dx%d, the picture has %v", name, mask.Width, mask.Height, size)
		}
		for _, class := range mask.Pix {
			if class > 10 {
				t.Fatalf("%s: class %d", name, class)
			}
		}
		if _, err := os.Stat(filepath.Join(out, name+"-over.png")); err != nil {
			t.Error(err)
		}
	}
	n, err := networks.Lookup("fcn_resnet8", networks.Options{NoAuxiliary: true})
	if err != nil {
		t.Fatal(err)
	}
	builder := graph.NewBuilder(graph.NewState(), graph.Options{})
	n.Build(builder, builder.Input("x", 1, 32, 32, 3))
	torch := filepath.Join(dir, "torch.pth")
	if err := weights.WriteTorch(torch, builder.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := clitest.Run(t, "-weights", torch, "-model", "fcn_resnet8", "-base", "40", "-out", out, a); code != 0 {
		t.Errorf("PyTorch's weights: exit %d, %s%s", code, stdout, stderr)
	}
	clitest.OnDamaged(t, a, func(path string) []string {
		return []string{"-weights", torch, "-model", "fcn_resnet8", "-base", "40", "-out", out, path}
	})
	clitest.OnDamaged(t, file, func(path string) []string { return []string{"-weights", path, "-out", out, a} })
	for want, args := range map[string][]string{
		"say with -weights":          {a},
		"PICTURE... is missing":      {"-weights", file},
		"would both be painted":      {"-weights", file, a, a},
		"holds a fcn_resnet8, not a": {"-weights", file, "-model", "fcn_resnet50", a},
		"-classes is 1 to 255":       {"-weights", file, "-classes", "300", a},
	} {
		if code, _, stderr := clitest.Run(t, args...); code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
	code, _, stderr = clitest.Run(t, "-weights", file, "-out", out, a, filepath.Join(dir, "none.png"))
	if code != 1 || !strings.Contains(stderr, "1 of 2 pictures could not be painted") {
		t.Errorf("one picture of two: exit %d, %s", code, stderr)
	}
}

func TestUsage(t *testing.T) { clitest.Usage(t, "segment", 2, "output-stride") }
