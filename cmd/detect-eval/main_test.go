package main

import (
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// written is a drawn set in files: annotations, pictures, and results that name every object.
func written(t *testing.T, dir string) (data, results string) {
	t.Helper()
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: 3, Size: annotations.Size{Height: 64, Width: 64}})
	if err != nil {
		t.Fatal(err)
	}
	var found []annotations.Detection
	for i := range set.Pictures {
		m, err := set.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		set.Pictures[i].File = fmt.Sprintf("%d.png", i)
		write(t, filepath.Join(dir, set.Pictures[i].File), func(w io.Writer) error { return png.Encode(w, m) })
		for _, o := range set.Pictures[i].Objects {
			found = append(found, annotations.Detection{Picture: i, Category: o.Category, Score: 0.9, Box: o.Box})
		}
	}
	data, results = filepath.Join(dir, "instances.json"), filepath.Join(dir, "found.json")
	write(t, data, func(w io.Writer) error { return annotations.WriteCOCO(w, set) })
	write(t, results, func(w io.Writer) error { return annotations.WriteResults(w, set, found, false) })
	return data, results
}

func write(t *testing.T, path string, content func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = content(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestEval measures results that are right, and a network that nobody has trained, whose
// results measure the same when they are read again.
func TestEval(t *testing.T) {
	dir := t.TempDir()
	data, results := written(t, dir)
	code, stdout, stderr := clitest.Run(t, "-data", data, "-results", results)
	if code != 0 || !strings.Contains(stdout, "(AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	n, err := networks.Lookup("maskrcnn_small", networks.Options{Classes: 11})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 1})
	n.Detect(b, networks.Pictures{Images: b.Input("images", 1, 64, 64, 3), Sizes: b.Input("sizes", 1, 2)})
	pth, out := filepath.Join(dir, "random.pth"), filepath.Join(dir, "out.json")
	if err := weights.WriteTorch(pth, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	code, first, stderr := clitest.Run(t, "-data", data, "-weights", pth, "-model", "maskrcnn_small", "-classes", "11", "-min-size", "64", "-out", out)
	boxes, _, both := strings.Cut(first, "segm, 3 pictures")
	if code != 0 || !both || !strings.HasPrefix(boxes, "bbox, 3 pictures") {
		t.Fatalf("exit %d, %s%s", code, first, stderr)
	}
	if code, again, stderr := clitest.Run(t, "-data", data, "-results", out); code != 0 || again != boxes {
		t.Errorf("exit %d, %s%s, want %s", code, again, stderr, boxes)
	}
	if code, _, stderr := clitest.Run(t, "-data", data, "-results", filepath.Join(dir, "out-masks.json"), "-limit", "2"); code != 0 {
		t.Errorf("masks of two pictures: exit %d, %s", code, stderr)
	}
	for want, args := range map[string][]string{
		"say with -data":      {"-results", results},
		"say what to measure": {"-data", data},
		"-limit is 0 or more": {"-data", data, "-results", results, "-limit", "-1"},
	} {
		if code, _, stderr := clitest.Run(t, args...); code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
	clitest.OnDamaged(t, data, func(path string) []string { return []string{"-data", path, "-results", results} })
	clitest.OnDamaged(t, results, func(path string) []string { return []string{"-data", data, "-results", path} })
}

func TestUsage(t *testing.T) { clitest.Usage(t, "detect-eval", 2, "norm-epsilon") }
