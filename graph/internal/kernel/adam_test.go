package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestAdam follows the rule in float64 for several steps.
func TestAdam(t *testing.T) {
	s := newSweep(t)
	for _, c := range []AdamStep{
		{First: 0.1, Second: 0.999, Rest: 0.001, Root: 30, Epsilon: 1e-8, Rate: 0.01, Kept: 1},
		{First: 0.1, Second: 0.99, Rest: 0.01, Root: 3, Epsilon: 1e-3, Rate: 0.1, Kept: 0.9},
		{First: 1, Second: 0, Rest: 1, Root: 1, Epsilon: 1e-3, Rate: 0.1, Decay: 0.3, Kept: 1},
	} {
		s.adam(c, 16*37+5, 1)
	}
}

func TestRandomAdam(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) {
		c := AdamStep{First: rng.Float32(), Second: rng.Float32(), Rest: rng.Float32(), Root: 1 + rng.Float32(), Epsilon: 1e-3 + rng.Float32(),
			Rate: rng.Float32() / 10, Decay: rng.Float32(), Kept: rng.Float32()}
		s.adam(c, 1+rng.IntN(1<<rng.IntN(10)), rng.Uint64())
	})
}

func (s *sweep) adam(c AdamStep, n int, seed uint64) {
	s.Helper()
	const steps = 4
	start := random(seed, n)
	var grads [steps][]float32
	w, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, x := range start {
		w[i] = float64(x)
	}
	for at := range grads {
		grads[at] = random(seed+1+uint64(at), n)
		for i := range w {
			x := float64(c.Kept) * w[i]
			g := float64(grads[at][i]) + float64(c.Decay)*x
			m[i] += float64(c.First) * (g - m[i])
			v[i] = float64(c.Second)*v[i] + float64(c.Rest)*g*g
			w[i] = x - float64(c.Rate)*m[i]/(math.Sqrt(v[i])*float64(c.Root)+float64(c.Epsilon))
		}
	}
	s.try(c, func(t *trial) {
		gotW, gotM, gotV := t.inPlace(start), t.inPlace(make([]float32, n)), t.inPlace(make([]float32, n))
		for _, grad := range grads {
			Adam(gotW, gotM, gotV, t.input(grad), c)
		}
		t.near("weights", gotW, w, 4, 2e-6)
		t.near("means", gotM, m, 4, 2e-6)
		t.near("squares", gotV, v, 4, 2e-6)
	})
}
