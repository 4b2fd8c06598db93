package main

import (
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "convert", 2, "model")
	out := filepath.Join(t.TempDir(), "out.safetensors")
	clitest.OnDamaged(t, fixtures+"zip.pth", func(path string) []string { return []string{path, out} })
}
