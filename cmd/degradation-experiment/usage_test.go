package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "degradation-experiment", -1, "depths")
	_, help, _ := clitest.Run(t, "-h")
	for _, d := range experiment.Designs() {
		if !strings.Contains(help, "\n  "+d.Name+" ") {
			t.Errorf("-h does not list %s", d.Name)
		}
	}
	clitest.OnDamaged(t, "main.go", func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-data", path) })
	clitest.OnDamaged(t, "main.go", func(path string) []string { return []string{"-page", "-out", path} })
}
