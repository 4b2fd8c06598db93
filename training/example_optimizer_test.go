package training_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// Train with AdamW as networks after ResNet are: a decay that leaves out biases and
// norms, a warm-up, a cosine. The run is saved, and a new process goes on with it.
func ExampleOptimizer() {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	adamw := training.NewAdamW()
	adamw.Decay = 0.05
	config := training.Config{
		Name:       "resnet8",
		Model:      network,
		Train:      cifar.Examples{Set: cifar.Synthetic(1, 64, 10).Train},
		Batch:      32,
		Iterations: 4,
		Optimizer:  adamw,
		Groups:     training.Groups{WeightsOnly: true},
		Schedule:   training.Warmup{Span: training.Iterations(2), Then: training.Cosine{Base: 0.001}},
	}
	directory, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	file := filepath.Join(directory, "checkpoint.safetensors")

	trainer, err := training.New(config)
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	if err := trainer.Save(file); err != nil {
		log.Fatal(err)
	}

	config.Iterations = 6
	if trainer, err = training.New(config); err != nil {
		log.Fatal(err)
	}
	if err := trainer.Load(file); err != nil { // with the moments of the gradients
		log.Fatal(err)
	}
	fmt.Println("from step", trainer.Iteration())
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("to step", trainer.Iteration())
	// Output:
	// from step 4
	// to step 6
}

// lion is an optimizer of one's own (Chen et al. 2023, Algorithm 2): it takes the sign
// of a mean of gradients. Its slot is kept by the Trainer, saved and resumed.
type lion struct{ Beta1, Beta2, Decay float64 }

func (l lion) Slots() []string { return []string{"exp_avg"} }

func (l lion) Check() error {
	if !(l.Beta1 >= 0 && l.Beta1 < 1 && l.Beta2 >= 0 && l.Beta2 < 1) {
		return fmt.Errorf("lion: want betas of 0 to below 1, got %v and %v", l.Beta1, l.Beta2)
	}
	return nil
}

func (l lion) Update(p *training.Parameter, step int, rate float64) error {
	b1, b2, mean := float32(l.Beta1), float32(l.Beta2), p.Slots[0]
	for i, g := range p.Gradient {
		p.Weights[i] *= float32(1 - rate*l.Decay*p.Decay)
		if way := b1*mean[i] + (1-b1)*g; way != 0 {
			p.Weights[i] -= float32(math.Copysign(rate, float64(way)))
		}
		mean[i] = b2*mean[i] + (1-b2)*g
	}
	return nil
}

// An optimizer of one's own.
func ExampleOptimizer_own() {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	trainer, err := training.New(training.Config{
		Name:       "resnet8",
		Model:      network,
		Train:      cifar.Examples{Set: cifar.Synthetic(1, 64, 10).Train},
		Batch:      32,
		Iterations: 4,
		Optimizer:  lion{Beta1: 0.9, Beta2: 0.99, Decay: 0.1},
		Schedule:   training.Constant{Base: 0.0003},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("after", trainer.Iteration(), "steps there is a mean for each of", len(trainer.Parameters()[0].Slots[0]), "weights of the first layer")
	// Output: after 4 steps there is a mean for each of 432 weights of the first layer
}
