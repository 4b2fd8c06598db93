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
