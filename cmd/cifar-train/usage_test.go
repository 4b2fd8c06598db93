package main

import (
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "cifar-train", -1, "holdout")
	run := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := clitest.Run(t, small(run, "-iterations", "1")...); code != 0 {
		t.Fatal(stderr)
	}
	best := filepath.Join(run, "best.safetensors")
	clitest.OnDamaged(t, best, func(path string) []string { return []string{"-eval", "-weights", path, "-data", "synthetic"} })
	clitest.OnDamaged(t, best, func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-weights", path) })
	clitest.OnDamaged(t, best, func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-data", path) })
	clitest.OnDamaged(t, best, func(path string) []string { return []string{"-resume", "-out", path} })
}
