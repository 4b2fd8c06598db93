package detection_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/gorgonet/gorgonet/training"
	task "github.com/gorgonet/gorgonet/training/detection"
)

// scenes are pictures of up to two squares, of class 1 where they are light and of class 2
// where they are dark, drawn from their number.
type scenes struct{ from, count int }

const side, most = 64, 2

func (s scenes) Len() int   { return s.count }
func (scenes) Shape() []int { return []int{side, side, 3} }

func (scenes) Fields() []training.Field {
	return task.Task{Objects: most}.Fields([]int{side, side, 3})
}

func (s scenes) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	return s.ExampleFields(i, rng, dst, training.Fields{})
}

func (s scenes) ExampleFields(i int, _ *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	rng := rand.New(rand.NewPCG(uint64(s.from+i), 1))
	for j := range dst {
		dst[j] = float32(rng.NormFloat64()) * 0.1
	}
	sizes, all, classes := to.Floats(task.SizesField), to.Floats(task.BoxesField), to.Floats(task.ClassesField)
	copy(sizes, []float32{side, side})
	clear(classes)
	for k := range most {
		size := 14 + rng.IntN(14)
		x, y, class := k*side/2+rng.IntN(side/2-size+1), rng.IntN(side-size+1), 1+rng.IntN(2)
		for p := range size * size {
			at := 3 * ((y+p/size)*side + x + p%size)
			for c := range 3 {
				dst[at+c] += float32(3 - 2*class)
			}
		}
		if classes != nil {
			copy(all[4*k:], []float32{float32(x), float32(y), float32(x + size), float32(y + size)})
			classes[k] = float32(class)
		}
	}
	return 0, nil
}

// small is a Faster R-CNN for small pictures.
func small() detection.FasterRCNN {
	body := resnet.Config{About: resnet.Info{Name: "small", Classes: 1}, Stem: resnet.StemImageNet, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutB}}
	for i, planes := range []int{16, 32} {
		body.Stages = append(body.Stages, resnet.Stage{Units: 1, Planes: planes, Stride: 1 + i})
	}
	return detection.FasterRCNN{
		About:    resnet.Info{Name: "small", Classes: 3},
		Backbone: detection.Backbone{Network: body, Pyramid: &blocks.Pyramid{Channels: 32}},
		Anchors: []boxes.Anchors{
			{Sizes: []float32{16}, Ratios: []float32{1}},
			{Sizes: []float32{24}, Ratios: []float32{1}},
		},
		Proposals: detection.Proposals{TrainingCount: 60, Count: 40, Sampler: boxes.Sampler{Count: 64, Positive: 0.5}},
		Regions:   detection.Regions{Sampler: boxes.Sampler{Count: 32, Positive: 0.25}},
		Hidden:    64,
	}
}

// A detector that is trained from the start finds the squares in pictures that it has not seen.
func Example() {
	t := task.Task{Network: small(), Objects: most}
	trainer, err := training.New(training.Config{
		Name: "small", Model: t.Model(), Task: t, Train: scenes{0, 400}, Test: scenes{1000, 40},
		Batch: 4, Iterations: 120, Optimizer: training.NewAdam(), Schedule: training.Constant{Base: 2e-3}, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := trainer.Run(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("average precision at 0.5 above 0.9:", trainer.Last().Test.Value(task.PrecisionMetric50) > 0.9)
	// Output:
	// average precision at 0.5 above 0.9: true
}
