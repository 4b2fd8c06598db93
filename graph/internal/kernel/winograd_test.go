package kernel

import (
	"math"
	"testing"
)

// TestWinogradError measures what Winograd's filtering costs in accuracy: relative
// L2 errors of output, input and weight gradient beside those of the direct
// convolution, for the stages of a CIFAR ResNet and a wide layer.
func TestWinogradError(t *testing.T) {
	for _, c := range []Conv{
		{N: 1, H: 32, W: 32, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 2, H: 16, W: 16, C: 32, K: 32, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 4, H: 8, W: 8, C: 64, K: 64, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 2, H: 7, W: 7, C: 256, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
	} {
		c := c.Resolve()
		a := Choose(c)
		if a.Name() != "winograd" {
			t.Skipf("%s kernels compute directly", Name())
		}
		x, w, dy := random(1, c.N*c.H*c.W*c.C), random(2, c.R*c.S*c.C*c.K), random(3, c.N*c.OH*c.OW*c.K)
		wantY, wantDx, wantDw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
		c.each(func(xi, wi, yi int) {
			wantY[yi] += float64(x[xi]) * float64(w[wi])
			wantDx[xi] += float64(dy[yi]) * float64(w[wi])
			wantDw[wi] += float64(dy[yi]) * float64(x[xi])
		})
		measure := func(a *Algorithm) [3]float64 {
			y, dx, dw := dirty(len(dy)), dirty(len(x)), dirty(len(w))
			a.Forward(y, x, w, nil)
			a.BackwardInput(dx, dy, w, nil)
			a.BackwardWeights(dw, x, dy)
			return [3]float64{relative(y, wantY), relative(dx, wantDx), relative(dw, wantDw)}
		}
		winograd, direct := measure(a), measure(&Algorithm{c, newPlain(c)})
		t.Logf("%dx%d, %d to %d: Winograd %.1e, %.1e, %.1e; plain Go %.1e, %.1e, %.1e", c.H, c.W, c.C, c.K,
			winograd[0], winograd[1], winograd[2], direct[0], direct[1], direct[2])
		for _, e := range winograd {
			if !(e < 1e-6) {
				t.Errorf("%+v: relative error %.1e, want less than 1e-6", c, e)
			}
		}
	}
}

// relative is the relative L2 error.
func relative(got []float32, want []float64) float64 {
	difference, size := 0.0, 0.0
	for i, v := range want {
		d := float64(got[i]) - v
		difference += d * d
		size += v * v
	}
	return math.Sqrt(difference / size)
}
