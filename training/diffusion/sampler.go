package diffusion

import (
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
	// Progress, unless nil, is called after every step.
	Progress func(done, of int)
}

// Sample draws n pictures [n H W C] of the shape [H W C], with values around [-1, 1],
// by the network whose weights the state has. The seed decides them.
func Sample(ctx context.Context, u UNet, state *graph.State, s Schedule, shape []int, n int, o Sampling) ([]float32, error) {
	switch {
	case state == nil || len(shape) != 3 || n < 1 || s.Steps() < 2:
		return nil, errors.Errorf("diffusion: sampling needs weights, a schedule, a shape [H W C] and at least 1 picture, got %d steps, %v and %d", s.Steps(), shape, n)
	case o.Steps < 0 || o.Steps > s.Steps():
		return nil, errors.Errorf("diffusion: want up to %d steps of sampling, got %d", s.Steps(), o.Steps)
	}
	b := graph.NewBuilder(state, graph.Options{})
	in := b.Input("images", append([]int{n}, shape...)...)
	times := b.Input(TimeField, n, 1, 1, u.Channels)
	out := u.BuildFields(b, map[string]*gorgonia.Node{"images": in, TimeField: times})
	m, err := b.Compile(out...)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	x := make([]float32, len(graph.Floats(in)))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	of := o.Steps
	if of == 0 {
		of = s.Steps()
	}
	for k := of - 1; k >= 0; k-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, next := k*s.Steps()/of, (k-1)*s.Steps()/of
		copy(graph.Floats(in), x)
		embeddings := graph.Floats(times)
		for i := range n {
			Embed(t, embeddings[i*u.Channels:][:u.Channels])
		}
		if err := m.Run(); err != nil {
			return nil, err
		}
		switch noise := graph.Floats(out[0]); {
		case o.Steps == 0:
			s.ancestral(x, noise, t, o.Small, rng)
		case k == 0:
			s.implicit(x, noise, t, 1)
		default:
			s.implicit(x, noise, t, s.AlphaBar[next])
		}
		if o.Progress != nil {
			o.Progress(of-k, of)
		}
	}
	return x, nil
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
