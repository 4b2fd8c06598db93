package main

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/training"
)

// TestCard wants a checkpoint to say what its network is for.
func TestCard(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	out := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := clitest.Run(t, small(tree(t, "red", "green"), out, "-epochs", "1", "-resize", "40", "-mean", "0.5,0.25,0.5")...); code != 0 {
		t.Fatal(stderr)
	}
	card, err := training.ReadCard(filepath.Join(out, "best.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	want := &training.Card{Model: "resnet8", Classes: []string{"green", "red"}, Shape: []int{32, 32, 3}, Preprocessing: &training.Preprocessing{
		Resize: 40, Interpolation: "bilinear", Mean: []float32{0.5, 0.25, 0.5}, Deviation: []float32{0.229, 0.224, 0.225}}}
	if !reflect.DeepEqual(card, want) {
		t.Errorf("%+v with %+v, want %+v with %+v", card, card.Preprocessing, want, want.Preprocessing)
	}
}
