package training_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// fielded is blobs whose examples have fields.
type fielded struct {
	blobs
	fields []training.Field
	// fill writes the fields of an example with that label, whose picture it may change.
	fill func(i int, label int32, rng *rand.Rand, picture []float32, to training.Fields)
}

func (d fielded) Fields() []training.Field { return d.fields }

func (d fielded) ExampleFields(i int, rng *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	label, err := d.Example(i, rng, dst)
	d.fill(i, label, rng, dst, to)
	return label, err
}

// places is fielded with targets: row and column of the bright quarter, shifted a
// little at random in training.
func places(n int) fielded {
	return fielded{blobs{n}, []training.Field{{Name: training.TargetsField, Shape: []int{2}}},
		func(_ int, label int32, rng *rand.Rand, _ []float32, to training.Fields) {
			at := to.Floats(training.TargetsField)
			at[0], at[1] = float32(label/2), float32(label%2)
			if rng != nil {
				at[0] += float32(rng.NormFloat64() / 10)
			}
		}}
}

// sides is fielded with two classes that do not exclude each other: the bright quarter
// is at the bottom, and at the right.
func sides(n int) fielded {
	d := places(n)
	d.fill = func(_ int, label int32, _ *rand.Rand, _ []float32, to training.Fields) {
		at := to.Floats(training.TargetsField)
		at[0], at[1] = float32(label/2), float32(label%2)
	}
	return d
}

// two is the tiny network with two outputs.
func two() training.Model {
	m := tiny("tiny", 4)
	m.About.Classes = 2
	return m
}

// denoiser predicts the noise in a picture from how much of it there is.
type denoiser struct{}

func (denoiser) Build(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
	b.Fail(errors.New("denoiser: want the time"))
	return nil
}

func (denoiser) Fields([]int) []training.Field {
	return []training.Field{{Name: "time", Shape: []int{1}}}
}

func (denoiser) BuildFields(b *graph.Builder, in map[string]*gorgonia.Node) gorgonia.Nodes {
	x := b.Activate("silu1", b.Conv("conv1", in["images"], graph.Conv{Out: 6, Kernel: 3, Pad: 1, Bias: true}), graph.SiLU)
	x = b.ScaleChannels("gate", x, b.Activate("sigmoid", b.Linear("time", in["time"], 6), graph.Sigmoid))
	return gorgonia.Nodes{b.Conv("conv2", x, graph.Conv{Out: 3, Kernel: 3, Pad: 1, Bias: true})}
}

// noisy is blobs with noise in them, which is the target, as is its share an input.
func noisy(n int) fielded {
	return fielded{blobs{n}, []training.Field{{Name: "time", Shape: []int{1}}, {Name: training.TargetsField, Shape: []int{8, 8, 3}}},
		func(i int, _ int32, rng *rand.Rand, picture []float32, to training.Fields) {
			if rng == nil {
				rng = rand.New(rand.NewPCG(3, uint64(i)))
			}
			share := rng.Float64()
			to.Floats("time")[0] = float32(share)
			noise := to.Floats(training.TargetsField)
			for j, v := range picture {
				noise[j] = float32(rng.NormFloat64())
				picture[j] = float32(math.Sqrt(1-share))*v + float32(math.Sqrt(share))*noise[j]
			}
		}}
}

// pixels is a task of telling what every pixel is, by whole numbers as targets and an
// output for each pixel.
type pixels struct{ classes int }

func (pixels) Name() string { return "pixels" }
func (pixels) Metrics() []training.Metric {
	return []training.Metric{{Name: "accuracy", Unit: "%", Higher: true, Training: true}}
}
func (pixels) Fields(shape []int) []training.Field {
	return []training.Field{{Name: "mask", Shape: shape[:2], Integer: true}}
}

func (p pixels) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) training.Objective {
	loss, correct := b.CrossEntropyWith("loss", outputs[0], in["mask"], graph.CrossEntropyOptions{Ignored: []int32{255}})
	count := func(b training.Batch) (n float64) {
		for _, l := range b.Fields.Ints("mask") {
			if l >= 0 && l != 255 {
				n++
			}
		}
		return n
	}
	return training.Objective{Loss: loss, Keep: gorgonia.Nodes{correct}, Counts: count, Meter: &accuracy{correct: correct, count: count}}
}

// accuracy is the share of right answers.
type accuracy struct {
	correct  *gorgonia.Node
	count    func(training.Batch) float64
	right, n float64
}

func (a *accuracy) Reset() { a.right, a.n = 0, 0 }
func (a *accuracy) Add(b training.Batch) {
	a.right += float64(graph.Scalar(a.correct))
	a.n += a.count(b)
}
func (a *accuracy) Values(to []float64) { to[0] = a.right / a.n }

// perPixel is a convolution.
type perPixel struct{}

func (perPixel) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Conv("conv1", x, graph.Conv{Out: 2, Kernel: 3, Pad: 1, Bias: true})
}

// masked is blobs with a mask of what is positive, both turned around at random.
func masked(n int) fielded {
	return fielded{blobs{n}, []training.Field{{Name: "mask", Shape: []int{8, 8}, Integer: true}},
		func(_ int, _ int32, rng *rand.Rand, picture []float32, to training.Fields) {
			mask := to.Ints("mask")
			if rng != nil && rng.IntN(2) == 1 {
				slices.Reverse(picture)
			}
			for i := range mask {
				mask[i] = 0
				if picture[3*i]+picture[3*i+1]+picture[3*i+2] > 0.5 {
					mask[i] = 1
				}
			}
			mask[5] = 255
		}}
}

// tasks are configurations of tasks other than classification.
func tasks() map[string]training.Config {
	regression, labels, denoising, segmentation := config(), config(), config(), config()
	regression.Model, regression.Train, regression.Test = two(), places(60), places(50)
	regression.Task = training.Regression{Shape: []int{2}, Loss: training.SmoothL1, Beta: 0.5, Unit: "quarters"}
	labels.Model, labels.Train, labels.Test, labels.Task = two(), sides(60), sides(50), training.MultiLabel{Classes: 2}
	denoising.Model, denoising.Train, denoising.Test, denoising.Task = denoiser{}, noisy(60), noisy(50), training.Regression{Shape: []int{8, 8, 3}}
	segmentation.Model, segmentation.Train, segmentation.Test, segmentation.Task = perPixel{}, masked(60), masked(50), pixels{2}
	return map[string]training.Config{"regression": regression, "multi-label": labels, "denoising": denoising, "segmentation": segmentation}
}

// distillation is Classification with the probabilities of a teacher as a second target.
type distillation struct{ training.Classification }

func (distillation) Name() string { return "distillation" }

func (d distillation) Fields(shape []int) []training.Field {
	return append(d.Classification.Fields(shape), training.Field{Name: "teacher", Shape: []int{4}})
}

func (d distillation) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) training.Objective {
	o := d.Classification.Build(b, outputs, in)
	o.Loss = b.Add("both", o.Loss, b.SoftCrossEntropy("teacher", outputs[0], in["teacher"]), graph.Identity)
	return o
}

// taught is blobs with a teacher that is sure, and says nothing of the first class.
func taught(n int) fielded {
	return fielded{blobs{n}, []training.Field{{Name: "teacher", Shape: []int{4}}},
		func(_ int, label int32, _ *rand.Rand, _ []float32, to training.Fields) {
			teacher := to.Floats("teacher")
			clear(teacher)
			if label > 0 {
				teacher[label] = 1
			}
		}}
}
