package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// small is a run of a few seconds.
func small(out string, more ...string) []string {
	return append([]string{"-data", "synthetic", "-recipe", "quick", "-synthetic-size", "64", "-min-size", "64", "-max-size", "64",
		"-limit-train", "8", "-limit-test", "3", "-batch", "2", "-out", out}, more...)
}

// TestTrain trains a Mask R-CNN, measures its weights again, and goes on to the same bits as a
// run that was never interrupted.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	if code, stdout, stderr := clitest.Run(t, small(whole, "-model", "maskrcnn_small", "-iterations", "4", "-schedule", "constant")...); code != 0 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	var figures map[string][12]float64
	text, err := os.ReadFile(filepath.Join(whole, "figures.json"))
	if err == nil {
		err = json.Unmarshal(text, &figures)
	}
	if err != nil || len(figures) != 2 {
		t.Errorf("%v, %v", figures, err)
	}
	page, err := os.ReadFile(filepath.Join(whole, "report.html"))
	if err != nil || !strings.Contains(string(page), "AP of masks") {
		t.Errorf("a report without a table of classes, %v", err)
	}
	if code, stdout, stderr := clitest.Run(t, small(parts, "-model", "maskrcnn_small", "-iterations", "2", "-schedule", "constant")...); code != 0 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := clitest.Run(t, "-resume", "-out", parts, "-iterations", "4"); code != 0 {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	latest := filepath.Join(whole, "latest.safetensors")
	a, err := weights.Read(latest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := weights.Read(filepath.Join(parts, "latest.safetensors"))
	if err != nil || len(a) != len(b) {
		t.Fatal(len(a), len(b), err)
	}
	for i := range a {
		if a[i].Name != b[i].Name || !bytes.Equal(bits(a[i]), bits(b[i])) {
			t.Errorf("%s differs", a[i].Name)
		}
	}
	eval := []string{"-data", "synthetic", "-synthetic-size", "64", "-limit-test", "3", "-eval", "-weights", latest}
	if code, stdout, stderr := clitest.Run(t, eval...); code != 0 || strings.Count(stdout, "Average Precision") != 12 {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

// bits are those of an array.
func bits(a weights.Array) []byte {
	text, _ := json.Marshal(a.Data)
	return text
}

// TestBackbone starts from a network that tells pictures apart, whose norms stay as they are.
func TestBackbone(t *testing.T) {
	dir := t.TempDir()
	n, err := networks.Lookup("fasterrcnn_small", networks.Options{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	body := n.(networks.FasterRCNN).Backbone.Network
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 7})
	body.Build(b, b.Input("x", 1, 64, 64, 3))
	path, out := filepath.Join(dir, "body.pth"), filepath.Join(dir, "run")
	if err := weights.WriteTorch(path, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := clitest.Run(t, small(out, "-iterations", "1", "-schedule", "constant", "-backbone-weights", path, "-trained-layers", "1")...)
	if code != 0 || !strings.Contains(stdout, "starting from "+path) {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
}

func TestBadInput(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	for want, args := range map[string][]string{
		"say with -data":               {"-out", out},
		"-min-size is 16 to":           small(out, "-min-size", "70"),
		"-max-objects is 1 to":         small(out, "-max-objects", "0"),
		"unknown network":              small(out, "-model", "yolo"),
		"-norm-epsilon is 0":           small(out, "-norm-epsilon", "1"),
		"-synthetic-size is 16":        small(out, "-synthetic-size", "4"),
		"cannot both be given":         small(out, "-backbone-weights", "a", "-weights", "b"),
		"-trained-layers is 0 or more": small(out, "-trained-layers", "-1"),
	} {
		if code, _, stderr := clitest.Run(t, args...); code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
	if code, _, stderr := clitest.Run(t, "-data", "nothing.json", "-out", out); code != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("no such file: exit %d, %q", code, stderr)
	}
	if code, _, stderr := clitest.Run(t, small(out, "-max-objects", "1")...); code != 1 || !strings.Contains(stderr, "there is room for 1") {
		t.Errorf("too many objects: exit %d, %q", code, stderr)
	}
}

func TestUsage(t *testing.T) { clitest.Usage(t, "detect-train", 2, "backbone-weights") }
