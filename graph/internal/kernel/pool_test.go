package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestPool compares with a search through every window; values are few, so that
// there are ties, and some are NaN, which counts as the largest.
func TestPool(t *testing.T) {
	for _, p := range []Pool{
		{N: 2, H: 9, W: 7, C: 3, Size: 3, Stride: 2, Pad: 1},
		{N: 1, H: 8, W: 8, C: 16, Size: 3, Stride: 2, Pad: 1},
		{N: 1, H: 7, W: 9, C: 80, Size: 3, Stride: 2, Pad: 1},
		{N: 3, H: 5, W: 6, C: 1, Size: 2, Stride: 2},
		{N: 1, H: 7, W: 7, C: 5, Size: 2, Stride: 3, Pad: 1},
		{N: 1, H: 4, W: 5, C: 2, Size: 3, Stride: 1, Pad: 1},
		{N: 1, H: 1, W: 1, C: 10, Size: 2, Stride: 1, Pad: 1},
		{N: 2, H: 6, W: 6, C: 4, Size: 1, Stride: 2},
		{N: 1, H: 6, W: 6, C: 4, Size: 6, Stride: 1},
	} {
		for _, values := range []string{"all different", "ties", "NaN", "minus infinity"} {
			p := p.Resolve()
			t.Run(fmt.Sprintf("%+v %s", p, values), func(t *testing.T) {
				x, dy := random(1, p.N*p.H*p.W*p.C), random(2, p.N*p.OH*p.OW*p.C)
				for i := range x {
					switch {
					case values == "ties":
						x[i] = float32(math.Round(float64(x[i])))
					case values == "NaN" && i%5 == 0:
						x[i] = nan
					case values == "minus infinity":
						x[i] = float32(math.Inf(-1))
					}
				}
				wantY, wantAt, wantDx := make([]float32, len(dy)), make([]int32, len(dy)), make([]float64, len(x))
				for i, g := range dy {
					c, ow, oh, n := i%p.C, i/p.C%p.OW, i/p.C/p.OW%p.OH, i/p.C/p.OW/p.OH
					best := -1
					for r := range p.Size {
						for s := range p.Size {
							h, w := oh*p.Stride-p.Pad+r, ow*p.Stride-p.Pad+s
							if h < 0 || h >= p.H || w < 0 || w >= p.W {
								continue
							}
							j := ((n*p.H+h)*p.W+w)*p.C + c
							if best < 0 || x[j] > x[best] || x[j] != x[j] {
								best = j
							}
						}
					}
					wantY[i], wantAt[i] = x[best], int32(best/p.C-n*p.H*p.W)
					wantDx[best] += float64(g)
				}
				y, at, dx := dirty(len(dy)), make([]int32, len(dy)), dirty(len(x))
				p.Forward(y, at, x)
				p.Backward(dx, dy, at)
				for i := range y {
					if math.Float32bits(y[i]) != math.Float32bits(wantY[i]) || at[i] != wantAt[i] {
						t.Fatalf("output %d is %v from place %d, want %v from %d", i, y[i], at[i], wantY[i], wantAt[i])
					}
				}
				near(t, "input gradient", dx, wantDx, 1e-6)
			})
		}
	}
}

func TestGlobalMean(t *testing.T) {
	for _, s := range []struct{ n, pixels, c int }{{1, 1, 1}, {2, 1, 5}, {3, 63, 10}, {1, 64, 64}, {40, 49, 20}} {
		x, dy := random(1, s.n*s.pixels*s.c), random(2, s.n*s.c)
		wantY, wantDx := make([]float64, len(dy)), make([]float64, len(x))
		for i, v := range x {
			j := i/(s.pixels*s.c)*s.c + i%s.c
			wantY[j] += float64(v) / float64(s.pixels)
			wantDx[i] = float64(dy[j]) / float64(s.pixels)
		}
		y, dx := dirty(len(dy)), dirty(len(x))
		GlobalMean(y, x, s.n, s.c)
		GlobalMeanGrad(dx, dy, s.n, s.c)
		near(t, fmt.Sprintf("%+v: output", s), y, wantY, 1e-6)
		near(t, fmt.Sprintf("%+v: input gradient", s), dx, wantDx, 1e-6)
	}
}

// TestSubsample compares with a convolution whose weights select, and pad, the
// channels.
func TestSubsample(t *testing.T) {
	for _, s := range []Subsample{
		{N: 2, H: 8, W: 8, C: 16, K: 32, Before: 8, Stride: 2},
		{N: 1, H: 7, W: 9, C: 3, K: 10, Before: 3, Stride: 2},
		{N: 3, H: 5, W: 4, C: 5, K: 5, Stride: 3},
		{N: 1, H: 1, W: 1, C: 1, K: 4, Before: 3, Stride: 2},
		{N: 2, H: 3, W: 6, C: 2, K: 3, Stride: 1},
	} {
		s := s.Resolve()
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			c := Conv{N: s.N, H: s.H, W: s.W, C: s.C, K: s.K, R: 1, S: 1, Stride: s.Stride, Groups: 1}.Resolve()
			if c.OH != s.OH || c.OW != s.OW {
				t.Fatalf("output of %dx%d, want %dx%d", s.OH, s.OW, c.OH, c.OW)
			}
			w := make([]float32, s.C*s.K)
			for j := range s.C {
				w[j*s.K+s.Before+j] = 1
			}
			x, dy := random(1, s.N*s.H*s.W*s.C), random(2, s.N*s.OH*s.OW*s.K)
			wantY, wantDx := make([]float64, len(dy)), make([]float64, len(x))
			c.each(func(xi, wi, yi int) {
				wantY[yi] += float64(x[xi]) * float64(w[wi])
				wantDx[xi] += float64(dy[yi]) * float64(w[wi])
			})
			y, dx := dirty(len(dy)), dirty(len(x))
			s.Forward(y, x)
			s.Backward(dx, dy)
			near(t, "output", y, wantY, 0)
			near(t, "input gradient", dx, wantDx, 0)
		})
	}
}
