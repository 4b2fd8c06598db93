package main

import (
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "degradation-experiment", -1, "depths")
	clitest.OnDamaged(t, "main.go", func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-data", path) })
	clitest.OnDamaged(t, "main.go", func(path string) []string { return []string{"-page", "-out", path} })
}
