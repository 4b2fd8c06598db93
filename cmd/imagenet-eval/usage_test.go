package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "imagenet-eval", 2, "protocol")
	dir := t.TempDir()
	good := weightsFile(t, dir, "resnet8", 5, 1)
	model, file, _ := strings.Cut(good, "=")
	out := filepath.Join(dir, "out")
	clitest.OnDamaged(t, file, func(path string) []string { return small(t, dir, "-weights", model+"="+path, "-out", out) })
	clitest.OnDamaged(t, file, func(path string) []string { return small(t, dir, "-weights", good, "-out", out, "-data", path) })
	labels := write(t, filepath.Join(dir, "labels.json"), []byte(`["a", "b", "c", "d", "e"]`))
	clitest.OnDamaged(t, labels, func(path string) []string { return small(t, dir, "-weights", good, "-out", out, "-labels", path) })
}
