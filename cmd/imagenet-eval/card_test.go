package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/training"
)

// TestCard measures checkpoints that say of themselves what flags say of other files,
// and wants the same scores.
func TestCard(t *testing.T) {
	dir := t.TempDir()
	card := training.Card{Model: "resnet8", Classes: []string{"a", "b", "c", "d", "e"}, Shape: []int{32, 32, 3},
		Preprocessing: &training.Preprocessing{Resize: 40, Interpolation: "bicubic", Mean: []float32{0.5, 0.4, 0.3}, Deviation: []float32{0.2, 0.21, 0.22}}}
	plain, own := weightsFile(t, dir, "resnet8", 5, 1), weightsFile(t, dir, "resnet8", 5, 1, card)
	_, file, _ := strings.Cut(own, "=")
	data := small(t, dir)[:2]
	args := func(weights string, more ...string) []string {
		return slices.Concat(data, []string{"-weights", weights}, more)
	}
	said := []string{"-labels", filepath.Join(dir, "labels.txt"), "-resize", "40", "-interpolation", "bicubic", "-mean", "0.5,0.4,0.3", "-std", "0.2,0.21,0.22"}
	want, _ := succeed(t, filepath.Join(dir, "said"), args(plain, said...)...)
	for name, weights := range map[string]string{"file": file, "model and file": own} {
		got, _ := succeed(t, filepath.Join(dir, name), args(weights)...)
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: the predictions are %v, want %v", name, got, want)
		}
	}

	succeed(t, filepath.Join(dir, "larger"), args(file, "-crop", "48")...) // than what the card resizes to

	other := card
	other.Preprocessing, other.Classes = nil, []string{"b", "a", "c", "d", "e"}
	reordered := weightsFile(t, dir, "resnet8", 5, 2, other)
	unknown := card
	unknown.Model = "resnet7"
	for want, flags := range map[string][]string{
		"with the means 0.5,0.4,0.3":   args(file, "-mean", "0,0,0"),
		"for other classes":            args(file, "-weights", reordered),
		"does not say which network":   args(strings.TrimPrefix(plain, "resnet8=")),
		"which it is":                  args(strings.TrimPrefix(weightsFile(t, dir, "resnet8", 5, 3, unknown), "resnet8=")),
		"-weights is MODEL=FILE, such": args("resnet8="),
	} {
		code, _, stderr := clitest.Run(t, append(flags, "-out", filepath.Join(dir, "none"))...)
		if code == 0 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit %d: %s; want one line with %q", code, stderr, want)
		}
	}
}
