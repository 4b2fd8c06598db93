package segmentation_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// TestAverage averages the weights of a network with an auxiliary head, which the average
// does without, and goes on from a checkpoint of it.
func TestAverage(t *testing.T) {
	c := config(t)
	c.Average, c.Iterations = 0.9, 4
	run := func(load string) *training.Trainer {
		trainer, err := training.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if load != "" {
			if err := trainer.Load(load); err != nil {
				t.Fatal(err)
			}
		}
		if err := trainer.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return trainer
	}
	c.Test = c.Train
	trainer := run("")
	if trainer.Measured().Get("aux_classifier.4.weight") != nil || trainer.State().Get("aux_classifier.4.weight") == nil {
		t.Error("the auxiliary head is averaged, or not there")
	}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := trainer.Save(path); err != nil {
		t.Fatal(err)
	}
	c.Iterations = 6
	again, alone := run(path), run("")
	for _, a := range again.Measured().Tensors() {
		for i, v := range alone.Measured().Get(a.Name).Data() {
			if a.Data()[i] != v {
				t.Fatalf("%s differs from that of a run left alone", a.Name)
			}
		}
	}
}
