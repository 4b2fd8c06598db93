package diffusion_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/diffusion"
)

// flags are pictures of 8x8 pixels whose halves have two colours.
type flags struct{}

func (flags) Len() int     { return 64 }
func (flags) Shape() []int { return []int{8, 8, 3} }

func (flags) Example(i int, _ *rand.Rand, dst []float32) (int32, error) {
	for j := range dst {
		dst[j] = 0.8
		if (j >= len(dst)/2) == (i%2 == 0) {
			dst[j] = -0.8
		}
	}
	return 0, nil
}

// A network learns what noise is in pictures, and then draws some of noise.
func Example() {
	setup := diffusion.UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1}.Paper()
	schedule, err := setup.Schedule()
	if err != nil {
		fmt.Println(err)
		return
	}
	data := diffusion.Data{Pictures: flags{}, Schedule: schedule, Channels: setup.Network.Channels}
	trainer, err := training.New(training.Config{
		Name: "flags", Model: setup.Network, Task: diffusion.Task{Shape: data.Shape()}, Train: data, Carry: map[string]any{diffusion.SetupName: &setup},
		Batch: 16, Iterations: 20, Optimizer: training.NewAdam(), Schedule: training.Constant{Base: 2e-3}, Clip: 1, Average: 0.99,
	})
	if err == nil {
		err = trainer.Run(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	pictures, err := diffusion.Sample(context.Background(), setup.Network, trainer.Measured(), schedule, data.Shape(), 4, diffusion.Sampling{Steps: 10, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, err := diffusion.Grid(pictures, data.Shape(), 0) // for png.Encode
	fmt.Println(len(pictures), grid.Bounds(), err)
	// Output: 768 (0,0)-(22,22) <nil>
}
