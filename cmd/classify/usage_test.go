package main

import (
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "classify", 2, "weights")
	good := weightsFile(t, filepath.Join(t.TempDir(), "good.safetensors"), 9)
	clitest.OnDamaged(t, good, func(path string) []string { return []string{"-model", "resnet8", "-weights", path, "x.png"} })
	clitest.OnDamaged(t, good, func(path string) []string { return []string{"-model", "resnet8", "-weights", good, path} })
	clitest.OnDamaged(t, good, func(path string) []string {
		return []string{"-model", "resnet8", "-weights", good, "-labels", path, "x.png"}
	})
}
