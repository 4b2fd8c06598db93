package training_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// Train a residual network on generated pictures, saying how far it has come, measure
// it, save it, and ask the file for the classes of the test pictures.
func Example() {
	ctx := context.Background()
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	data := cifar.Synthetic(1, 200, 50)
	mean := cifar.PerPixelMean(data.Train)
	test := cifar.Examples{Set: data.Test, Normalization: mean}
	trainer, err := training.New(training.Config{
		Name:       "resnet8",
		Model:      network,
		Train:      cifar.Examples{Set: data.Train, Normalization: mean, Augmentation: cifar.PaperAugmentation},
		Test:       test,
		Batch:      32,
		Iterations: 12, // a few hundred to learn something
		Schedule:   training.OneCycle{Peak: 0.1},
		OnStep: func(s training.Step) {
			fmt.Fprintf(os.Stderr, "\rstep %d of %d, loss %.3f", s.Iteration, s.Iterations, s.Loss)
		},
		OnEpoch: func(r training.Record) error {
			fmt.Fprintf(os.Stderr, "\rafter %.1f epochs an error of %.1f %%\n", r.Epoch, 100*r.Test.Error)
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(ctx); err != nil {
		log.Fatal(err)
	}
	directory, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	file := filepath.Join(directory, "resnet8.safetensors")
	if err := trainer.Save(file); err != nil {
		log.Fatal(err)
	}

	// Another program, with the file alone:
	card, err := training.ReadCard(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a", card.Model, "for pictures of", card.Shape)
	state := graph.NewState()
	evaluator, err := training.NewEvaluator(network, state, card.Shape, 50)
	if err != nil {
		log.Fatal(err)
	}
	if err := training.LoadWeights(state, file); err != nil {
		log.Fatal(err)
	}
	predictions, err := evaluator.Predict(ctx, test)
	if err != nil {
		log.Fatal(err)
	}
	first := predictions.Of[0]
	fmt.Println(len(predictions.Of), "pictures; the first is", predictions.Classes[first.True])
	fmt.Fprintf(os.Stderr, "and is taken for %s, with probability %.2f\n", predictions.Classes[first.Predicted], first.Probability)
	// Output:
	// a resnet8 for pictures of [32 32 3]
	// 50 pictures; the first is disc
}
