package kernel

import (
	"fmt"
	"math"
	"testing"
)

// rowsAndChannels are shapes with one and with many tasks.
var rowsAndChannels = []struct{ rows, c int }{{2, 1}, {7, 3}, {15, 5}, {16, 10}, {17, 20}, {1000, 64}, {40000, 3},
	{16, 16}, {3001, 16}, {777, 32}, {130, 48}, {600, 128}, {65, 192}, {40000, 16}}

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

func TestMoments(t *testing.T) {
	for _, s := range rowsAndChannels {
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

func TestAffine(t *testing.T) {
	for _, s := range rowsAndChannels {
		for _, add := range []bool{false, true} {
			for _, relu := range []bool{false, true} {
				x, scale, shift := random(1, s.rows*s.c), random(2, s.c), random(3, s.c)
				var shortcut []float32
				if add {
					shortcut = random(4, len(x))
				}
				want := make([]float64, len(x))
				for i, v := range x {
					want[i] = float64(v)*float64(scale[i%s.c]) + float64(shift[i%s.c])
					if add {
						want[i] += float64(shortcut[i])
					}
					if relu {
						want[i] = math.Max(want[i], 0)
					}
				}
				y := dirty(len(x))
				Affine(y, x, scale, shift, shortcut, relu)
				near(t, fmt.Sprintf("%dx%d shortcut %v relu %v", s.rows, s.c, add, relu), y, want, 1e-6)
			}
		}
	}
}

func TestAffineGrad(t *testing.T) {
	for _, s := range rowsAndChannels {
		for _, relu := range []bool{false, true} {
			x, dy := random(1, s.rows*s.c), random(2, s.rows*s.c)
			a, b, k := random(3, s.c), random(4, s.c), random(5, s.c)
			mean, invstd := make([]float64, s.c), make([]float64, s.c)
			for j := range s.c {
				mean[j], invstd[j] = float64(a[j]), 1+math.Abs(float64(b[j]))
			}
			var y []float32
			if relu {
				y = dirty(len(x))
				ReLU(y, random(6, len(x)))
			}
			wantScale, wantShift, wantX := make([]float64, s.c), make([]float64, s.c), make([]float64, len(x))
			for i, g := range dy {
				j, dz := i%s.c, float64(g)
				if relu && y[i] <= 0 {
					dz = 0
				}
				wantScale[j] += dz * (float64(x[i]) - mean[j]) * invstd[j]
				wantShift[j] += dz
				wantX[i] = float64(a[j])*dz + float64(b[j])*float64(x[i]) + float64(k[j])
			}
			dscale, dshift, dx := dirty(s.c), dirty(s.c), dirty(len(x))
			AffineGradSums(dscale, dshift, nil, dy, y, x, mean, invstd)
			AffineGradInput(dx, dy, y, x, a, b, k)
			what := fmt.Sprintf("%dx%d relu %v: ", s.rows, s.c, relu)
			if relu {
				dz, wantZ, scale, shift := append([]float32{}, dy...), make([]float64, len(dy)), dirty(s.c), dirty(s.c)
				for i, g := range dy {
					if y[i] > 0 {
						wantZ[i] = float64(g)
					}
				}
				AffineGradSums(scale, shift, dz, dz, y, x, mean, invstd) // in place
				near(t, what+"stored", dz, wantZ, 0)
				near(t, what+"scale beside", scale, wantScale, 1e-6)
				near(t, what+"shift beside", shift, wantShift, 1e-6)
			}
			near(t, what+"scale", dscale, wantScale, 1e-6)
			near(t, what+"shift", dshift, wantShift, 1e-6)
			near(t, what+"input", dx, wantX, 1e-6)
		}
	}
}
