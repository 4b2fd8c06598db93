package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPool tries maxima with values that differ, that are few, so that there are
// ties, and with some of NaN, which counts as the largest.
func TestPool(t *testing.T) {
	s := newSweep(t)
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
		{N: 2, H: 8, W: 7, C: 16, Size: 3, Stride: 2, Ceil: true},
		{N: 1, H: 5, W: 3, C: 4, Size: 2, Stride: 3, Pad: 1, Ceil: true},
	} {
		for _, values := range poolValues {
			s.maxima(p, values, 1)
		}
	}
}

// TestRandomPool tries maxima of every kind.
func TestRandomPool(t *testing.T) {
	s := newSweep(t)
	s.random(300, func(rng *rand.Rand) {
		p := Pool{N: 1 + rng.IntN(4), H: side(rng), W: side(rng), C: channels(rng), Size: 1 + rng.IntN(11), Stride: stride(rng)}
		p.Pad, p.Ceil = rng.IntN(1+p.Size/2), rng.IntN(2) == 0
		p.H, p.W = max(p.H, p.Size-2*p.Pad), max(p.W, p.Size-2*p.Pad)
		for p = p.Resolve(); p.N*p.OH*p.OW*p.C*p.Size*p.Size > 1<<20; p = p.Resolve() {
			p.N, p.C = 1+rng.IntN(p.N), fewer(rng, p.C)
			p.H, p.W = max(1+rng.IntN(p.H), p.Size-2*p.Pad), max(1+rng.IntN(p.W), p.Size-2*p.Pad)
		}
		s.maxima(p, poolValues[rng.IntN(len(poolValues))], rng.Uint64())
	})
}

var poolValues = []string{"all different", "ties", "NaN", "minus infinity"}

// maxima compares with a search through every window.
func (s *sweep) maxima(p Pool, values string, seed uint64) {
	s.Helper()
	shape := p
	shape.OH, shape.OW = 0, 0
	p = p.Resolve()
	x, dy := random(seed, p.N*p.H*p.W*p.C), random(seed+1, p.N*p.OH*p.OW*p.C)
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
		best := -1
		p.each(i, func(j int) {
			if best < 0 || x[j] > x[best] || x[j] != x[j] {
				best = j
			}
		})
		wantY[i], wantAt[i] = x[best], int32(best/p.C%(p.H*p.W))
		wantDx[best] += float64(g)
	}
	s.try(shape, func(t *trial) {
		x, dy := t.input(x), t.input(dy)
		y, dx, at := t.output(len(dy)), t.output(len(x)), make([]int32, len(dy))
		soil()
		p.Forward(y, at, x)
		p.Backward(dx, dy, at)
		t.same(values, y, wantY)
		if !slices.Equal(at, wantAt) {
			t.errorf("%s: the maxima are at other places", values)
		}
		t.near("gradient of maxima", dx, wantDx, float64(p.Size), 3e-6)
	})
}

// each visits the values of x in the window of output i.
func (p Pool) each(i int, visit func(j int)) {
	c, ow, oh, n := i%p.C, i/p.C%p.OW, i/p.C/p.OW%p.OH, i/p.C/p.OW/p.OH
	for r := range p.Size {
		for s := range p.Size {
			h, w := oh*p.Stride-p.Pad+r, ow*p.Stride-p.Pad+s
			if h >= 0 && h < p.H && w >= 0 && w < p.W {
				visit(((n*p.H+h)*p.W+w)*p.C + c)
			}
		}
	}
}

// pictures are so many of so many pixels and channels.
type pictures struct{ n, pixels, c int }

var somePictures = []pictures{{1, 1, 1}, {2, 1, 5}, {3, 63, 10}, {1, 64, 64}, {40, 49, 20}}

func randomPictures(rng *rand.Rand) pictures {
	return pictures{1 + rng.IntN(20), side(rng) * side(rng), channels(rng)}
}

func TestGlobalMean(t *testing.T) {
	s := newSweep(t)
	for _, p := range somePictures {
		s.globalMean(p, 1)
	}
}

func TestRandomGlobalMean(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) { s.globalMean(randomPictures(rng), rng.Uint64()) })
}

func (s *sweep) globalMean(p pictures, seed uint64) {
	s.Helper()
	x, dy := random(seed, p.n*p.pixels*p.c), random(seed+1, p.n*p.c)
	wantY, wantDx := make([]float64, len(dy)), make([]float64, len(x))
	for i, v := range x {
		j := i/(p.pixels*p.c)*p.c + i%p.c
		wantY[j] += float64(v) / float64(p.pixels)
		wantDx[i] = float64(dy[j]) / float64(p.pixels)
	}
	s.try(p, func(t *trial) {
		x, dy := t.input(x), t.input(dy)
		y, dx := t.output(len(dy)), t.output(len(x))
		soil()
		GlobalMean(y, x, p.n, p.c)
		GlobalMeanGrad(dx, dy, p.n, p.c)
		t.near("mean", y, wantY, 1, 1e-6)
		t.near("gradient of the mean", dx, wantDx, 1, 1e-6)
	})
}

func TestSubsample(t *testing.T) {
	s := newSweep(t)
	for _, p := range []Subsample{
		{N: 2, H: 8, W: 8, C: 16, K: 32, Before: 8, Stride: 2},
		{N: 1, H: 7, W: 9, C: 3, K: 10, Before: 3, Stride: 2},
		{N: 3, H: 5, W: 4, C: 5, K: 5, Stride: 3},
		{N: 1, H: 1, W: 1, C: 1, K: 4, Before: 3, Stride: 2},
		{N: 2, H: 3, W: 6, C: 2, K: 3, Stride: 1},
	} {
		s.subsample(p, 1)
	}
}

func TestRandomSubsample(t *testing.T) {
	s := newSweep(t)
	s.random(100, func(rng *rand.Rand) {
		p := Subsample{N: 1 + rng.IntN(3), H: 1 + rng.IntN(20), W: 1 + rng.IntN(20), C: 1 + rng.IntN(40), Stride: stride(rng)}
		if rng.IntN(2) == 0 {
			p.C = roundUp(p.C)
		}
		p.Before = rng.IntN(20)
		p.K = p.C + p.Before + rng.IntN(20)
		s.subsample(p, rng.Uint64())
	})
}

// subsample compares with a convolution whose weights select, and pad, the
// channels.
func (s *sweep) subsample(p Subsample, seed uint64) {
	s.Helper()
	shape := p
	p = p.Resolve()
	c := Conv{N: p.N, H: p.H, W: p.W, C: p.C, K: p.K, R: 1, S: 1, Stride: p.Stride, Groups: 1}.Resolve()
	if c.OH != p.OH || c.OW != p.OW {
		s.Fatalf("%+v: output of %dx%d, want %dx%d", p, p.OH, p.OW, c.OH, c.OW)
	}
	w := make([]float32, p.C*p.K)
	for j := range p.C {
		w[j*p.K+p.Before+j] = 1
	}
	x, dy := random(seed, p.N*p.H*p.W*p.C), random(seed+1, p.N*p.OH*p.OW*p.K)
	wantY, wantDx := make([]float64, len(dy)), make([]float64, len(x))
	c.each(func(xi, wi, yi int) {
		wantY[yi] += float64(x[xi]) * float64(w[wi])
		wantDx[xi] += float64(dy[yi]) * float64(w[wi])
	})
	s.try(shape, func(t *trial) {
		x, dy := t.input(x), t.input(dy)
		y, dx := t.output(len(dy)), t.output(len(x))
		soil()
		p.Forward(y, x)
		p.Backward(dx, dy)
		t.near("every so many pixels", y, wantY, 1, 0)
		t.near("gradient of every so many pixels", dx, wantDx, 1, 0)
	})
}
