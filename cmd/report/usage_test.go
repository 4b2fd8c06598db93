package main

import (
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	clitest.Usage(t, "report", 2, "out")
	clitest.OnDamaged(t, "main.go", func(path string) []string { return []string{path} })
}
