package main

import (
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	clitest.Usage(t, "imagenet-train", 2, "layer-decay")
	data := tree(t, "red", "green")
	picture := filepath.Join(data, "train", "red", "0.JPEG")
	clitest.OnDamaged(t, picture, func(path string) []string { return small(path, filepath.Join(t.TempDir(), "x")) })
	clitest.OnDamaged(t, picture, func(path string) []string { return small(data, filepath.Join(t.TempDir(), "x"), "-weights", path) })
}
