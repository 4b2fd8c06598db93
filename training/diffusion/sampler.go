package diffusion

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Sampling says how pictures are made of noise. The zero value takes all steps of the
// schedule with the larger noise, as the paper does for CIFAR-10.
type Sampling struct {
	// Steps, of fewer than the schedule's, are taken by DDIM without noise (Song et al.
	// 2021, equation 12 with sigma 0); 0 means all steps, by Ho et al.'s algorithm 2.
	Steps int
	// Small takes the variance of the posterior for the noise of a step, in place of Beta.
	Small bool
	Seed  uint64
	// Batch is how many pictures are made at once; 0 means 16, or all where they are fewer.
	Batch int
	// Progress, unless nil, is called after every step of a batch: done of all steps of all
	// batches.
	Progress func(done, of int)
}

// usualBatch is large enough for the kernels, and small enough for any machine.
const usualBatch = 16

// Sample draws n pictures [n H W C] of the shape [H W C], with values around [-1, 1],
// by the network whose weights the state has. The noise of each picture is decided by the
// seed and the picture's place alone, so that fewer pictures are the first of more.
func Sample(ctx context.Context, u UNet, state *graph.State, s Schedule, shape []int, n int, o Sampling) ([]float32, error) {
	switch {
	case state == nil || len(shape) != 3 || n < 1 || s.Steps() < 2:
		return nil, errors.Errorf("diffusion: sampling needs weights, a schedule, a shape [H W C] and at least 1 picture, got %d steps, %v and %d", s.Steps(), shape, n)
	case o.Steps < 0 || o.Steps > s.Steps() || o.Batch < 0:
		return nil, errors.Errorf("diffusion: want up to %d steps of sampling and batches of at least 1, got %d and %d", s.Steps(), o.Steps, o.Batch)
	case ctx == nil:
		return nil, errors.New("diffusion: want a context, got nil")
	}
	d := &drawing{network: u, schedule: s, Sampling: o, steps: cmp.Or(o.Steps, s.Steps())}
	batch := min(cmp.Or(o.Batch, usualBatch), n)
	b := graph.NewBuilder(state, graph.Options{})
	d.images = b.Input("images", append([]int{batch}, shape...)...)
	d.times = b.Input(TimeField, batch, 1, 1, max(u.Channels, 1))
	d.noise = u.emit(b, d.images, d.times)
	var err error
	if d.machine, err = b.Compile(d.noise); err != nil {
		return nil, err
	}
	defer d.machine.Close()
	batches := (n + batch - 1) / batch
	d.total = batches * d.steps
	size := len(graph.Floats(d.images))
	x := make([]float32, batches*size)
	for i := range batches {
		if err := d.draw(ctx, x[i*size:][:size], i*batch, batch); err != nil {
			return nil, err
		}
	}
	return x[:n*size/batch], nil
}

// drawing is a network at work.
type drawing struct {
	Sampling
	network              UNet
	schedule             Schedule
	machine              *graph.Machine
	images, times, noise *gorgonia.Node
	steps, done, total   int
}

// draw makes the n pictures x, the first of which has that place among all.
func (d *drawing) draw(ctx context.Context, x []float32, first, n int) error {
	size, s := len(x)/n, d.schedule
	sources := make([]*rand.Rand, n)
	for i := range sources {
		sources[i] = rand.New(rand.NewPCG(d.Seed, uint64(first+i)))
		for j := range size {
			x[i*size+j] = float32(sources[i].NormFloat64())
		}
	}
	for k := d.steps - 1; k >= 0; k-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, next := k*s.Steps()/d.steps, 1.0
		if k > 0 {
			next = s.AlphaBar[(k-1)*s.Steps()/d.steps]
		}
		copy(graph.Floats(d.images), x)
		embeddings := graph.Floats(d.times)
		for i := range n {
			Embed(t, embeddings[i*d.network.Channels:][:d.network.Channels])
		}
		if err := d.machine.Run(); err != nil {
			return err
		}
		noise := graph.Floats(d.noise)
		for i, source := range sources {
			if at := i * size; d.Steps == 0 {
				s.ancestral(x[at:at+size], noise[at:at+size], t, d.Small, source)
			} else {
				s.implicit(x[at:at+size], noise[at:at+size], t, next)
			}
		}
		d.done++
		if d.Progress != nil {
			d.Progress(d.done, d.total)
		}
	}
	return nil
}

// clean is the picture that the noise leaves, within [-1, 1].
func (s Schedule) clean(x, noise float32, t int) float64 {
	bar := s.AlphaBar[t]
	return min(max((float64(x)-math.Sqrt(1-bar)*float64(noise))/math.Sqrt(bar), -1), 1)
}

// ancestral is a step of Ho et al. 2020, algorithm 2, by way of the clean picture.
func (s Schedule) ancestral(x, noise []float32, t int, small bool, rng *rand.Rand) {
	clean, noisy, variance := s.posterior(t)
	if !small {
		variance = s.Beta[t]
	}
	deviation := math.Sqrt(variance)
	for i := range x {
		mean := clean*s.clean(x[i], noise[i], t) + noisy*float64(x[i])
		if t > 0 {
			mean += deviation * rng.NormFloat64()
		}
		x[i] = float32(mean)
	}
}

// implicit is a step of Song et al. 2021, equation 12, to where AlphaBar is next. The
// noise is that which the clipped picture leaves.
func (s Schedule) implicit(x, noise []float32, t int, next float64) {
	bar := s.AlphaBar[t]
	for i := range x {
		clean := s.clean(x[i], noise[i], t)
		left := (float64(x[i]) - math.Sqrt(bar)*clean) / math.Sqrt(1-bar)
		x[i] = float32(math.Sqrt(next)*clean + math.Sqrt(1-next)*left)
	}
}
