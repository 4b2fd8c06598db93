package diffusion

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Data are the pictures of a data set, in [-1, 1], with noise in them: the noise is the
// target, and the step's embedding TimeField. Step and noise are drawn from the
// generator that the example comes with.
type Data struct {
	Pictures training.Dataset
	Schedule Schedule
	Channels int // of the UNet, for the embedding
}

// Len is that of the pictures.
func (d Data) Len() int { return d.Pictures.Len() }

// Shape is that of the pictures.
func (d Data) Shape() []int { return d.Pictures.Shape() }

// Fields are the noise and the step's embedding.
func (d Data) Fields() []training.Field {
	return []training.Field{{Name: training.TargetsField, Shape: d.Shape()}, {Name: TimeField, Shape: []int{1, 1, d.Channels}}}
}

// Example is a noisy picture.
func (d Data) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	return d.ExampleFields(i, rng, dst, training.Fields{})
}

// ExampleFields writes sqrt(AlphaBar) x + sqrt(1 - AlphaBar) noise (Ho et al. 2020,
// equation 4), the noise, and the embedding of the step. Where there is no generator, as
// in evaluation, the example's number decides, so that evaluations can be compared.
func (d Data) ExampleFields(i int, rng *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	if d.Schedule.Steps() == 0 {
		return 0, errors.New("diffusion: Data needs a Schedule; Paper() is one")
	}
	label, err := d.Pictures.Example(i, rng, dst)
	if err != nil {
		return 0, err
	}
	if rng == nil {
		rng = rand.New(rand.NewPCG(uint64(d.Len()), uint64(i)))
	}
	step := rng.IntN(d.Schedule.Steps())
	noise := to.Floats(training.TargetsField)
	if noise == nil {
		noise = make([]float32, len(dst))
	}
	for j := range noise {
		noise[j] = float32(rng.NormFloat64())
	}
	d.Schedule.noise(dst, noise, step)
	Embed(step, to.Floats(TimeField))
	return label, nil
}
