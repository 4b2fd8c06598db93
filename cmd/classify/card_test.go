package main

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring"
)

// TestCard classifies by checkpoints alone, and wants the answers of the networks that
// were saved, to which the data set has given its own pictures.
func TestCard(t *testing.T) {
	dir := t.TempDir()
	data := cifar.Synthetic(3, 20, 1)
	picture := filepath.Join(dir, "picture.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, cifar.Examples{Set: data.Test}.Picture(0)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	network, err := resnet.Lookup("resnet8", resnet.Options{Shortcut: blocks.ShortcutB})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "checkpoint.safetensors")
	for name, n := range map[string]cifar.Normalization{
		"a mean picture": cifar.PerPixelMean(data.Train), "channels": cifar.PerChannel(cifar.ChannelStatistics(data.Train)), "none": {},
	} {
		trainer, err := training.New(training.Config{Name: "resnet8-B", Model: network, Batch: 4, Train: cifar.Examples{Set: data.Train, Normalization: n}})
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Save(file); err != nil {
			t.Fatal(err)
		}
		predictor, err := resnet.NewPredictor(network, trainer.State(), 32, 32, resnet.PredictorOptions{})
		if err != nil {
			t.Fatal(err)
		}
		image := make([]float32, cifar.ImageSize)
		if _, err := (cifar.Examples{Set: data.Test, Normalization: n}).Example(0, nil, image); err != nil {
			t.Fatal(err)
		}
		logits, err := predictor.Predict(t.Context(), image)
		if err != nil {
			t.Fatal(err)
		}
		want := picture + "\n"
		for i, p := range scoring.Top(logits, 3) {
			want += fmt.Sprintf("%4d  %6.2f %%  %s\n", i+1, 100*p.Probability, data.Train.Classes[p.Class])
		}
		if code, stdout, stderr := clitest.Run(t, "-weights", file, "-top", "3", picture); code != 0 || stdout != want {
			t.Errorf("%s: exit %d, %s\n%swant %s", name, code, stderr, stdout, want)
		}
		for flag, value := range map[string]string{"-model": "resnet14", "-shortcut": "A", "-classes": "7", "-mean": "0.1,0.1,0.1"} {
			if code, _, stderr := clitest.Run(t, "-weights", file, flag, value, picture); code != 2 || !strings.Contains(stderr, file) || !strings.Contains(stderr, "leave ") {
				t.Errorf("%s, %s %s: exit %d, %s", name, flag, value, code, stderr)
			}
		}
	}
}

// TestNames wants names from files in one line each, without what steers a terminal.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	file := weightsFile(t, filepath.Join(dir, "weights.safetensors"), 9)
	picture := filepath.Join(dir, "a\nb\x1b[2J.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, cifar.Examples{Set: cifar.Synthetic(3, 1, 1).Test}.Picture(0)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	labels := filepath.Join(dir, "labels.json")
	if err := os.WriteFile(labels, []byte(`["0", "1", "2", "3", "4", "5", "6", "7", "left \u200f right\u202e", "up\n   1  99.99 %  \u001b[2J\u2028down"]`), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := clitest.Run(t, "-weights", file, "-model", "resnet8", "-labels", labels, "-top", "2", picture)
	lines := strings.Split(stdout, "\n")
	if code != 0 || len(lines) != 4 || !strings.HasSuffix(lines[0], `a\nb\x1b[2J.png"`) || !strings.HasSuffix(lines[1], `"up\n   1  99.99 %  \x1b[2J\u2028down"`) ||
		!strings.HasSuffix(lines[2], `"left \u200f right\u202e"`) {
		t.Errorf("exit %d, %q, %s", code, stdout, stderr)
	}
}
