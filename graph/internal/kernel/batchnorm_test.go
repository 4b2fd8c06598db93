package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// rowShape is that of rows of channels.
type rowShape struct{ rows, c int }

// someRows are shapes with one and with many tasks.
var someRows = []rowShape{{2, 1}, {7, 3}, {15, 5}, {16, 10}, {17, 20}, {1000, 64}, {40000, 3},
	{16, 16}, {3001, 16}, {777, 32}, {130, 48}, {600, 128}, {65, 192}, {40000, 16}}

// randomRows is a random shape, with numbers of channels that vectors divide more
// often.
func randomRows(rng *rand.Rand) rowShape {
	c := channels(rng)
	if rng.IntN(3) == 0 {
		c = 1 << rng.IntN(10)
	}
	return rowShape{1 + rng.IntN(1+rng.IntN(1+40000/c)), c}
}

// momentsOf takes the moments of x [rows c] in two passes.
func momentsOf(x []float32, c int) (mean, variance []float64) {
	mean, variance = make([]float64, c), make([]float64, c)
	rows := float64(len(x) / c)
	for i, v := range x {
		mean[i%c] += float64(v) / rows
	}
	for i, v := range x {
		d := float64(v) - mean[i%c]
		variance[i%c] += d * d / rows
	}
	return mean, variance
}

// TestRows tries every kernel that works on rows of channels.
func TestRows(t *testing.T) {
	s := newSweep(t)
	for _, shape := range someRows {
		s.rows(shape, 1)
	}
}

func TestRandomRows(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) { s.rows(randomRows(rng), rng.Uint64()) })
}

func (s *sweep) rows(shape rowShape, seed uint64) {
	s.Helper()
	s.measure(shape, 0, seed)
	s.measure(shape, 1000, seed)
	s.affine(shape, seed)
	s.affineGrad(shape, seed)
	s.rowSums(shape, seed)
}

// measure compares moments of values around a mean with those of two passes.
func (s *sweep) measure(shape rowShape, around float32, seed uint64) {
	s.Helper()
	x := random(seed, shape.rows*shape.c)
	for i := range x {
		x[i] += around
	}
	s.try(shape, func(t *trial) {
		x, m := t.input(x), NewMoments(shape.c)
		soil()
		m.Measure(x)
		t.moments(m, x)
	})
}

// TestMoments asks for closer moments than any shape may have.
func TestMoments(t *testing.T) {
	for _, s := range someRows {
		for _, offset := range []float32{0, 1000} {
			t.Run(fmt.Sprintf("%dx%d around %v", s.rows, s.c, offset), func(t *testing.T) {
				x := random(1, s.rows*s.c)
				for i := range x {
					x[i] += offset
				}
				wantMean, wantVariance := momentsOf(x, s.c)
				m := NewMoments(s.c)
				m.Measure(x)
				mean, variance := m.Mean, m.Variance
				for j := range s.c {
					// Vector units add up some rows in float32 before they go on in float64.
					if math.Abs(mean[j]-wantMean[j]) > 1e-6*math.Sqrt(wantVariance[j]) || math.Abs(variance[j]-wantVariance[j]) > 1e-6*wantVariance[j] {
						t.Errorf("channel %d: mean %v and variance %v, want %v and %v", j, mean[j], variance[j], wantMean[j], wantVariance[j])
					}
				}
			})
		}
	}
	m := NewMoments(1)
	m.Measure([]float32{1e8, 1e8, 1e8})
	if m.Mean[0] != 1e8 || m.Variance[0] != 0 {
		t.Errorf("equal values have mean %v and variance %v, want 1e8 and 0", m.Mean[0], m.Variance[0])
	}
}

func (s *sweep) affine(shape rowShape, seed uint64) {
	s.Helper()
	x, scale, shift, shortcut := random(seed, shape.rows*shape.c), random(seed+1, shape.c), random(seed+2, shape.c), random(seed+3, shape.rows*shape.c)
	for _, add := range []bool{false, true} {
		for _, relu := range []bool{false, true} {
			want := make([]float64, len(x))
			for i, v := range x {
				want[i] = float64(v)*float64(scale[i%shape.c]) + float64(shift[i%shape.c])
				if add {
					want[i] += float64(shortcut[i])
				}
				if relu {
					want[i] = math.Max(want[i], 0)
				}
			}
			s.try(shape, func(t *trial) {
				var branch []float32
				if add {
					branch = t.input(shortcut)
				}
				y, z := t.output(len(x)), t.inPlace(x)
				scale, shift := t.input(scale), t.input(shift)
				soil()
				Affine(y, t.input(x), scale, shift, branch, activation(relu))
				soil()
				Affine(z, z, scale, shift, branch, activation(relu))
				what := fmt.Sprintf("affine, shortcut %v, ReLU %v", add, relu)
				t.near(what, y, want, 4, 1e-6)
				t.near(what+", in place", z, want, 4, 1e-6)
			})
		}
	}
}

func (s *sweep) affineGrad(shape rowShape, seed uint64) {
	s.Helper()
	n, c := shape.rows*shape.c, shape.c
	x, dy, before := random(seed, n), random(seed+1, n), random(seed+2, n)
	a, b, k := random(seed+3, c), random(seed+4, c), random(seed+5, c)
	mean, invstd := make([]float64, c), make([]float64, c)
	for j := range c {
		mean[j], invstd[j] = float64(a[j])+1e-9, 1+math.Abs(float64(b[j]))
	}
	size := 4 * math.Sqrt(float64(shape.rows))
	for _, relu := range []bool{false, true} {
		wantScale, wantShift, wantX, wantZ := make([]float64, c), make([]float64, c), make([]float64, n), make([]float64, n)
		for i, g := range dy {
			j, dz := i%c, float64(g)
			if relu && before[i] <= 0 {
				dz = 0
			}
			wantZ[i] = dz
			wantScale[j] += dz * (float64(x[i]) - mean[j]) * invstd[j]
			wantShift[j] += dz
			wantX[i] = float64(a[j])*dz + float64(b[j])*float64(x[i]) + float64(k[j])
		}
		s.try(shape, func(t *trial) {
			x, dy, a, b, k := t.input(x), t.input(dy), t.input(a), t.input(b), t.input(k)
			var y []float32
			if relu {
				y = t.input(before)
			}
			check := func(what string, dscale, dshift []float32) {
				t.near(what+" of the scale", dscale, wantScale, size, 1e-6)
				t.near(what+" of the shift", dshift, wantShift, size, 1e-6)
			}
			dscale, dshift, dx := t.output(c), t.output(c), t.output(n)
			soil()
			AffineGradSums(dscale, dshift, nil, dy, y, x, mean, invstd)
			check("gradient", dscale, dshift)
			soil()
			AffineGradInput(dx, dy, y, x, a, b, k)
			t.near("affine input gradient", dx, wantX, 4, 1e-6)
			for place, out := range map[string][]float32{"dy": t.inPlace(dy), "x": t.inPlace(x)} {
				from, gradient := x, dy
				if place == "x" {
					from = out
				} else {
					gradient = out
				}
				soil()
				AffineGradInput(out, gradient, y, from, a, b, k)
				t.near("affine input gradient in place of "+place, out, wantX, 4, 1e-6)
			}
			if !relu {
				return
			}
			for place, dz := range map[string][]float32{"dy": t.inPlace(dy), "y": t.inPlace(before), "neither": t.output(n)} {
				gradient, mask := dy, y
				switch place {
				case "dy":
					gradient = dz
				case "y":
					mask = dz
				}
				dscale, dshift := t.output(c), t.output(c)
				soil()
				AffineGradSums(dscale, dshift, dz, gradient, mask, x, mean, invstd)
				t.near("gradient before ReLU in place of "+place, dz, wantZ, 1, 0)
				check("gradient beside it", dscale, dshift)
			}
		})
	}
}

func (s *sweep) rowSums(shape rowShape, seed uint64) {
	s.Helper()
	x, b := random(seed, shape.rows*shape.c), random(seed+1, shape.c)
	wantBiased, wantSum := make([]float64, len(x)), make([]float64, shape.c)
	for i, v := range x {
		wantBiased[i] = float64(v + b[i%shape.c])
		wantSum[i%shape.c] += float64(v)
	}
	s.try(shape, func(t *trial) {
		sum, y := t.output(shape.c), t.inPlace(x)
		soil()
		SumRows(sum, t.input(x))
		AddBias(y, t.input(b))
		t.near("sum of rows", sum, wantSum, math.Sqrt(float64(shape.rows)), 1e-6)
		t.near("bias", y, wantBiased, 1, 0)
	})
}
