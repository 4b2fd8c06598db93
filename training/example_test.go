package training_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// Train a residual network on generated pictures and measure it.
func Example() {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	data := cifar.Synthetic(1, 200, 50)
	mean := cifar.PerPixelMean(data.Train)
	trainer, err := training.New(training.Config{
		Name:       "resnet8",
		Model:      network,
		Train:      cifar.Examples{Set: data.Train, Normalization: mean, Augmentation: cifar.PaperAugmentation},
		Test:       cifar.Examples{Set: data.Test, Normalization: mean},
		Batch:      32,
		Iterations: 12, // a few hundred to learn something
		Schedule:   training.OneCycle{Peak: 0.1},
		OnEpoch: func(r training.Record) error {
			fmt.Printf("step %d: measured on %d pictures\n", r.Iteration, r.Test.N)
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step 7: measured on 50 pictures
	// step 12: measured on 50 pictures
}
