package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/resnet"
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

// TestObey measures checkpoints by what they say of themselves: with no flags the answer
// is that of the run, and flags that say otherwise are refused.
func TestObey(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data, out := tree(t, "red", "green"), filepath.Join(t.TempDir(), "run")
	if code, _, stderr := clitest.Run(t, small(data, out, "-epochs", "2", "-shortcut", "B", "-crop", "24", "-resize", "40", "-interpolation", "bicubic", "-mean", "0.9,0.1,0.5", "-std", "0.1,0.2,0.3")...); code != 0 {
		t.Fatal(stderr)
	}
	best := filepath.Join(out, "best.safetensors")
	code, want, stderr := clitest.Run(t, "-eval", "-out", out)
	if code != 0 || !strings.Contains(want, "of 6 right") {
		t.Fatalf("exit %d, %s%s", code, want, stderr)
	}
	val := filepath.Join(data, "val")
	for _, args := range [][]string{{"-data", data}, {"-val", val}, {"-val", val, "-model", "resnet8", "-shortcut", "B", "-mean", "0.9,0.1,0.5"}} {
		if code, got, stderr := clitest.Run(t, append(args, "-eval", "-weights", best)...); code != 0 || got != want {
			t.Errorf("%v: exit %d, %s%s, want %s", args, code, got, stderr, want)
		}
	}
	other := tree(t, "blue", "green")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-model", "resnet14"}, 2, best + " holds a resnet8-B, not a resnet14; leave -model and -shortcut out"},
		{[]string{"-shortcut", "A"}, 2, "leave -model and -shortcut out"},
		{[]string{"-mean", "0.5,0.5,0.5"}, 2, best + " was trained with other means and deviations than -mean and -std say"},
		{[]string{"-std", "0.5,0.5,0.5"}, 2, "leave them out"},
		{[]string{"-val", filepath.Join(other, "val")}, 1, "blue is none of the 2 classes"},
	} {
		code, _, stderr := clitest.Run(t, append([]string{"-eval", "-weights", best, "-data", data}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, want %d with %q", test.args, code, stderr, test.code, test.want)
		}
	}
	// Weights that say nothing need the training pictures for the classes.
	if code, _, stderr := clitest.Run(t, "-eval", "-val", val, "-weights", os.Args[0]); code != 2 || !strings.Contains(stderr, "say with -train") {
		t.Errorf("no training pictures: exit %d, %s", code, stderr)
	}
}

// TestObeyMeanPicture measures a network whose data had a mean picture.
func TestObeyMeanPicture(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	set := cifar.Synthetic(3, 20, 1).Train
	set.Classes = []string{"green", "red"}
	for i := range set.Labels {
		set.Labels[i] %= 2
	}
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := training.New(training.Config{Name: "resnet8", Model: network, Batch: 4, Train: cifar.Examples{Set: set, Normalization: cifar.PerPixelMean(set)}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := trainer.Save(file); err != nil {
		t.Fatal(err)
	}
	data := tree(t, "red", "green")
	if code, stdout, stderr := clitest.Run(t, "-eval", "-weights", file, "-data", data); code != 0 || !strings.Contains(stdout, "of 6 right") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := clitest.Run(t, "-eval", "-weights", file, "-data", data, "-crop", "40"); code != 2 || !strings.Contains(stderr, "its mean is a picture") {
		t.Errorf("-crop 40: exit %d, %s", code, stderr)
	}
}
