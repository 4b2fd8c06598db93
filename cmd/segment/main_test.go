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
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// checkpoint trains a small network for two steps on drawn pictures.
func checkpoint(t *testing.T, path string) {
	t.Helper()
	shapes := segmentation.Shapes{Number: 8, Seed: 1}
	n, err := networks.Lookup("fcn_resnet8", networks.Options{Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := training.New(training.Config{Name: "fcn_resnet8", Model: n, Task: segmentation.Task{Classes: 5}, Batch: 2, Iterations: 2,
		Train: &segmentation.Examples{Source: shapes, Size: 32}, Preprocessing: &training.Preprocessing{Resize: 48, Mean: []float32{0.5, 0.5, 0.5}, Deviation: []float32{0.25, 0.25, 0.25}}})
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
	m, _, err := segmentation.Shapes{Number: 8, Seed: 2}.Scene(i)
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
		mask, err := segmentation.OpenMask(filepath.Join(out, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if mask.Rect.Size() != size {
			t.Errorf("%s: a mask of %v, the picture has %v", name, mask.Rect.Size(), size)
		}
		for _, class := range mask.Pix {
			if class > 4 {
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
