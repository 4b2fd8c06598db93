package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// length is that of values without a shape.
type length struct{ n int }

// TestElementwise covers lengths of one task and of several.
func TestElementwise(t *testing.T) {
	s := newSweep(t)
	for _, n := range []int{1, 5, Grain, 2*Grain + 3} {
		s.elementwise(length{n}, 1)
	}
}

func TestRandomElementwise(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) { s.elementwise(length{1 + rng.IntN(1<<rng.IntN(18))}, rng.Uint64()) })
}

func (s *sweep) elementwise(l length, seed uint64) {
	s.Helper()
	x, y := random(seed, l.n), random(seed+1, l.n)
	x[0], x[l.n-1] = 0, -1
	for i, v := range []float32{100, -80, float32(math.Inf(1)), float32(math.Inf(-1))} {
		if at := l.n / 2 * i / 3; i+3 < l.n && at > 0 {
			x[at] = v
		}
	}
	relu, reluGrad, sum, reluSum, sigmoid, sigmoidGrad := make([]float64, l.n), make([]float64, l.n), make([]float64, l.n), make([]float64, l.n), make([]float64, l.n), make([]float64, l.n)
	for i, v := range x {
		relu[i] = math.Max(float64(v), 0)
		if v > 0 {
			reluGrad[i] = float64(y[i])
		}
		sum[i] = float64(v + y[i])
		reluSum[i] = math.Max(sum[i], 0)
		sigmoid[i] = 1 / (1 + math.Exp(-float64(v)))
		sigmoidGrad[i] = float64(y[i]) * sigmoid[i] * (1 - sigmoid[i])
	}
	s.try(l, func(t *trial) {
		for _, f := range []struct {
			name      string
			run       func(out, x, y []float32)
			want      []float64
			tolerance float64
		}{
			{"ReLU", func(out, x, _ []float32) { ReLU(out, x) }, relu, 0},
			{"gradient of ReLU", func(out, x, y []float32) { ReLUGrad(out, y, x) }, reluGrad, 0},
			{"sum", Add, sum, 0},
			{"ReLU of the sum", AddReLU, reluSum, 0},
			{"sigmoid", func(out, x, _ []float32) { Logistic.Forward(out, x) }, sigmoid, 1e-7},
			{"gradient of sigmoid", func(out, x, y []float32) {
				s := t.output(l.n)
				Logistic.Forward(s, x)
				Logistic.Backward(out, y, s)
			}, sigmoidGrad, 1e-6},
		} {
			x, y := t.input(x), t.input(y)
			out, overX, overY := t.output(l.n), t.inPlace(x), t.inPlace(y)
			f.run(out, x, y)
			t.near(f.name, out, f.want, 1, f.tolerance)
			f.run(overX, overX, y)
			t.near(f.name+" in place of x", overX, f.want, 1, f.tolerance)
			f.run(overY, x, overY)
			t.near(f.name+" in place of y", overY, f.want, 1, f.tolerance)
		}
	})
}

// TestElementwiseNaN wants a NaN to come through.
func TestElementwiseNaN(t *testing.T) {
	for what, kernel := range map[string]func(y, x []float32){
		"ReLU":    ReLU,
		"AddReLU": func(y, x []float32) { AddReLU(y, x, []float32{1}) },
		"Sigmoid": Logistic.Forward,
	} {
		got := []float32{0}
		if kernel(got, []float32{nan}); got[0] == got[0] {
			t.Errorf("%s of NaN is %v: a network that diverges must not look healthy", what, got[0])
		}
	}
}

func TestScaleChannels(t *testing.T) {
	s := newSweep(t)
	for _, p := range somePictures {
		s.scaleChannels(p, 1)
	}
}

func TestRandomScaleChannels(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) { s.scaleChannels(randomPictures(rng), rng.Uint64()) })
}

func (s *sweep) scaleChannels(p pictures, seed uint64) {
	s.Helper()
	x, factors, dy := random(seed, p.n*p.pixels*p.c), random(seed+1, p.n*p.c), random(seed+2, p.n*p.pixels*p.c)
	want, wantFactors := make([]float64, len(x)), make([]float64, len(factors))
	for i, v := range x {
		j := i/(p.pixels*p.c)*p.c + i%p.c
		want[i] = float64(v) * float64(factors[j])
		wantFactors[j] += float64(v) * float64(dy[i])
	}
	s.try(p, func(t *trial) {
		x, factors, dy := t.input(x), t.input(factors), t.input(dy)
		y, got := t.output(len(x)), t.output(len(factors))
		soil()
		ScaleChannels(y, x, factors, p.c)
		ScaleChannelsFactorGrad(got, dy, x, p.c)
		t.near("scaled channels", y, want, 4, 1e-6)
		t.near("gradient of the factors", got, wantFactors, math.Sqrt(float64(p.pixels)), 1e-6)
	})
}

// TestSGD follows PyTorch's rule in float64 for several steps.
func TestSGD(t *testing.T) {
	s := newSweep(t)
	for _, step := range []sgdStep{
		{rate: 0.1},
		{rate: 0.1, momentum: 0.9},
		{rate: 0.1, decay: 0.3},
		{rate: 0.05, momentum: 0.9, decay: 0.3},
		{rate: 0.05, momentum: 0.9, decay: 0.3, nesterov: true},
		{momentum: 0.9, decay: 0.3, nesterov: true},
	} {
		step.n = Grain + 7
		s.sgd(step, 1)
	}
}

func TestRandomSGD(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) {
		n := 1 + rng.IntN(1<<rng.IntN(18))
		s.sgd(sgdStep{n, rng.Float32() / 5, rng.Float32(), rng.Float32() / 5, rng.IntN(2) == 0}, rng.Uint64())
	})
}

// sgdStep is a step of gradient descent on n weights.
type sgdStep struct {
	n                     int
	rate, momentum, decay float32
	nesterov              bool
}

func (s *sweep) sgd(step sgdStep, seed uint64) {
	s.Helper()
	const steps = 5
	w := random(seed, step.n)
	var grads [steps][]float32
	wantW, wantV := make([]float64, step.n), make([]float64, step.n)
	for i, v := range w {
		wantW[i] = float64(v)
	}
	rate, momentum, decay := float64(step.rate), float64(step.momentum), float64(step.decay)
	for at := range grads {
		grads[at] = random(seed+1+uint64(at), step.n)
		for i := range wantW {
			g := float64(grads[at][i]) + decay*wantW[i]
			wantV[i] = momentum*wantV[i] + g
			if step.nesterov {
				g += momentum * wantV[i]
			} else {
				g = wantV[i]
			}
			wantW[i] -= rate * g
		}
	}
	s.try(step, func(t *trial) {
		w, v := t.inPlace(w), t.inPlace(make([]float32, step.n))
		for _, grad := range grads {
			SGD(w, v, t.input(grad), step.rate, step.momentum, step.decay, step.nesterov)
		}
		t.near("weights", w, wantW, 4, 1e-6)
		t.near("velocity", v, wantV, 4, 1e-6)
	})
}
