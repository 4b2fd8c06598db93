package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestRandomWide compares what is done to the first channels of wider rows with the
// definitions.
func TestRandomWide(t *testing.T) {
	type shape struct {
		rows, c, x, dx, add int // channels, and steps
		masked, adds        bool
	}
	s := newSweep(t)
	s.random(80, func(rng *rand.Rand) {
		c := channels(rng)
		rows := 1 + rng.IntN(1+rng.IntN(1+40000/c))
		p := shape{rows, c, c + rng.IntN(2)*rng.IntN(40), c + rng.IntN(2)*rng.IntN(40), c + rng.IntN(40), rng.IntN(2) == 0, rng.IntN(2) == 0}
		x, add, dy, y := random(1, rows*p.x), random(2, rows*p.add), random(3, rows*c), random(4, rows*c)
		a, b, k := random(5, c), random(6, c), random(7, c)
		mean, variance, invstd := make([]float64, c), make([]float64, c), make([]float64, c)
		for r := range rows {
			for j := range c {
				mean[j] += float64(x[r*p.x+j]) / float64(rows)
			}
		}
		wantY, wantX := make([]float64, rows*c), make([]float64, rows*c)
		scale, shift := make([]float64, c), make([]float64, c)
		for r := range rows {
			for j := range c {
				v, g := float64(x[r*p.x+j]), float64(dy[r*c+j])
				variance[j] += (v - mean[j]) * (v - mean[j]) / float64(rows)
				invstd[j] = math.Abs(float64(k[j]))
				wantY[r*c+j] = v*float64(a[j]) + float64(b[j])
				if p.masked {
					wantY[r*c+j] = max(wantY[r*c+j], 0)
					if !(y[r*c+j] > 0) {
						g = 0
					}
				}
				scale[j] += g * (v - mean[j]) * invstd[j]
				shift[j] += g
				wantX[r*c+j] = float64(a[j])*g + float64(b[j])*v + float64(k[j])
				if p.adds {
					wantX[r*c+j] += float64(add[r*p.add+j])
				}
			}
		}
		s.try(p, func(t *trial) {
			x, add, dy, mask := Wide{t.input(x), p.x}, Wide{t.input(add), p.add}, t.input(dy), t.input(y)
			out, dscale, dshift := t.output(rows*c), t.output(c), t.output(c)
			soil()
			m := NewMoments(c)
			m.MeasureWide(x, rows)
			for j := range c {
				f := math.Sqrt(variance[j]) + 1e-3
				if !(math.Abs(m.Mean[j]-mean[j]) <= 2e-6*f && math.Abs(m.Variance[j]-variance[j]) <= 2e-6*f*f) {
					t.errorf("channel %d: mean %v and variance %v, want %v and %v", j, m.Mean[j], m.Variance[j], mean[j], variance[j])
					break
				}
			}
			activation := Identity
			if p.masked {
				activation = RectifiedLinear
			}
			AffineWide(out, x, a, b, activation)
			t.near("affine", out, wantY, 10, 1e-6)
			if !p.masked {
				mask = nil
			}
			AffineGradSumsWide(dscale, dshift, dy, mask, x, mean, invstd)
			t.near("scales", dscale, scale, 10*math.Sqrt(float64(rows)), 1e-5)
			t.near("shifts", dshift, shift, 10*math.Sqrt(float64(rows)), 1e-5)
			if !p.adds {
				add.Data = nil
			}
			dx := Wide{dirty(rows * p.dx), p.dx}
			narrow := t.output(rows * c)
			AffineGradInputWide(dx, add, dy, mask, x, a, b, k)
			CopyChannels(narrow, dx.Data, c, 0, p.dx, 0, c)
			t.near("input gradient", narrow, wantX, 10, 1e-6)
			for i, v := range dx.Data {
				if i%p.dx >= c && v == v {
					t.errorf("channel %d is written", i%p.dx)
					break
				}
			}
			if p.adds { // in place
				both := Wide{append([]float32(nil), add.Data...), p.add}
				AffineGradInputWide(both, both, dy, mask, x, a, b, k)
				CopyChannels(narrow, both.Data, c, 0, p.add, 0, c)
				t.near("input gradient in place", narrow, wantX, 10, 1e-6)
			}
		})
	})
}
