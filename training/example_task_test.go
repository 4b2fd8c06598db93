package training_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// spots are pictures with a bright spot somewhere in one or more of their three
// channels. Their targets are where it is, or in which channels.
type spots struct {
	n      int
	labels bool
}

func (d spots) Len() int   { return d.n }
func (spots) Shape() []int { return []int{16, 16, 3} }

func (d spots) Fields() []training.Field {
	if d.labels {
		return []training.Field{{Name: training.TargetsField, Shape: []int{3}}}
	}
	return []training.Field{{Name: training.TargetsField, Shape: []int{2}}}
}

func (d spots) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	return d.ExampleFields(i, rng, dst, training.Fields{})
}

// ExampleFields writes picture and targets from the same random numbers.
func (d spots) ExampleFields(i int, _ *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	rng := rand.New(rand.NewPCG(uint64(d.n), uint64(i)))
	row, column, channels := 2+rng.IntN(12), 2+rng.IntN(12), 1+rng.IntN(7)
	clear(dst)
	for y := row - 2; y <= row+1; y++ {
		for x := column - 2; x <= column+1; x++ {
			for c := range 3 {
				dst[(16*y+x)*3+c] = float32(channels >> c & 1)
			}
		}
	}
	switch targets := to.Floats(training.TargetsField); {
	case targets == nil: // not asked for
	case d.labels:
		for c := range targets {
			targets[c] = float32(channels >> c & 1)
		}
	default:
		targets[0], targets[1] = float32(row-8)/8, float32(column-8)/8
	}
	return 0, nil
}

// Train a network to say where a spot is, by Huber's loss.
func ExampleRegression() {
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 2, Input: 16})
	if err != nil {
		log.Fatal(err)
	}
	task := training.Regression{Shape: []int{2}, Unit: "of half the picture", Loss: training.Huber, Beta: 0.5}
	trainer, err := training.New(training.Config{
		Name: "where", Model: network, Task: task, Train: spots{n: 200}, Test: spots{n: 50},
		Batch: 20, Iterations: 60, Schedule: training.OneCycle{Peak: 0.1},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	away := trainer.Last().Test.Value("mean_absolute_error")
	fmt.Println("found to a fifth of half the picture:", away < 0.2)
	// Output: found to a fifth of half the picture: true
}

// Train a network to say in which channels a spot is, until that stops getting better.
func ExampleMultiLabel() {
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 3, Input: 16})
	if err != nil {
		log.Fatal(err)
	}
	trainer, err := training.New(training.Config{
		Name: "which", Model: network, Task: training.MultiLabel{Classes: 3}, Train: spots{200, true}, Test: spots{50, true},
		Batch: 20, Iterations: 200, Schedule: training.Constant{Base: 0.05},
		Stop: training.Stopper{Metric: "mean_average_precision", Patience: 2},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	best, _ := trainer.Best()
	fmt.Printf("best mean average precision above 99 %%: %v; stopped early: %v\n", best > 0.99, trainer.Iteration() < trainer.Iterations())
	// Output: best mean average precision above 99 %: true; stopped early: true
}
