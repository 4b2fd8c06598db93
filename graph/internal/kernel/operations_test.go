package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPoolSizes wants PyTorch's sizes of output.
func TestPoolSizes(t *testing.T) {
	for _, test := range []struct{ n, size, stride, pad, floor, ceil int }{
		{112, 3, 2, 0, 55, 56}, {56, 3, 2, 0, 27, 28}, {14, 2, 2, 0, 7, 7}, {28, 3, 1, 1, 28, 28},
		{5, 2, 3, 1, 2, 2}, {3, 2, 2, 1, 2, 2}, {6, 3, 2, 1, 3, 4}, {2, 3, 2, 1, 1, 2}, {1, 3, 2, 0, 0, 0},
	} {
		p := Pool{N: 1, H: test.n, W: test.n, C: 1, Size: test.size, Stride: test.stride, Pad: test.pad}
		floor := p.Resolve()
		p.Ceil = true
		if ceil := p.Resolve(); floor.OH != test.floor || ceil.OW != test.ceil {
			t.Errorf("%+v: %d rounded down, %d rounded up, want %d and %d", test, floor.OH, ceil.OW, test.floor, test.ceil)
		}
	}
}

// TestRandomAverage compares averages, and their way back, with sums over windows,
// those that tile the picture among them.
func TestRandomAverage(t *testing.T) {
	s := newSweep(t)
	s.random(150, func(rng *rand.Rand) {
		a := Average{N: 1 + rng.IntN(3), H: side(rng), W: side(rng), C: fewer(rng, channels(rng))}
		if rng.IntN(2) == 0 {
			a.Rows, a.Cols = AdaptiveSpans(1+rng.IntN(9), a.H), AdaptiveSpans(1+rng.IntN(9), a.W)
		} else {
			p := Pool{N: a.N, H: a.H, W: a.W, C: a.C, Size: 1 + rng.IntN(min(a.H, a.W, 9)), Stride: stride(rng), Ceil: rng.IntN(2) == 0}
			p.Pad = rng.IntN(1 + p.Size/2)
			p = p.Resolve()
			exclude := rng.IntN(2) == 0
			a.Rows, a.Cols = Spans(p.OH, p.H, p.Size, p.Stride, p.Pad, exclude), Spans(p.OW, p.W, p.Size, p.Stride, p.Pad, exclude)
		}
		x, dy := random(rng.Uint64(), a.N*a.H*a.W*a.C), random(rng.Uint64(), a.N*len(a.Rows)*len(a.Cols)*a.C)
		wantY, wantDx := make([]float64, len(dy)), make([]float64, len(x))
		for i, g := range dy {
			c, q, r, n := i%a.C, a.Cols[i/a.C%len(a.Cols)], a.Rows[i/a.C/len(a.Cols)%len(a.Rows)], i/a.C/len(a.Cols)/len(a.Rows)
			for h := r.From; h < r.To; h++ {
				for w := q.From; w < q.To; w++ {
					j := ((n*a.H+h)*a.W+w)*a.C + c
					wantY[i] += float64(x[j]) / float64(r.Size*q.Size)
					wantDx[j] += float64(g) / float64(r.Size*q.Size)
				}
			}
		}
		s.try(a, func(t *trial) {
			x, dy := t.input(x), t.input(dy)
			y, dx := t.output(len(dy)), t.output(len(x))
			soil()
			a.Forward(y, x)
			a.Backward(dx, dy)
			t.near("averages", y, wantY, 1, 1e-6)
			t.near("gradient of averages", dx, wantDx, 4, 1e-6)
		})
	})
}

// TestRandomCopyChannels puts channels next to each other and takes them apart.
func TestRandomCopyChannels(t *testing.T) {
	type shape struct{ rows, a, b int }
	s := newSweep(t)
	s.random(60, func(rng *rand.Rand) {
		p := shape{1 + rng.IntN(5000), channels(rng), channels(rng)}
		p.rows = min(p.rows, 1+200000/(p.a+p.b))
		x, y := random(1, p.rows*p.a), random(2, p.rows*p.b)
		want := make([]float32, 0, len(x)+len(y))
		for i := range p.rows {
			want = append(append(want, x[i*p.a:(i+1)*p.a]...), y[i*p.b:(i+1)*p.b]...)
		}
		s.try(p, func(t *trial) {
			x, y := t.input(x), t.input(y)
			both, second := t.output(len(want)), t.output(len(y))
			CopyChannels(both, x, p.a+p.b, 0, p.a, 0, p.a)
			CopyChannels(both, y, p.a+p.b, p.a, p.b, 0, p.b)
			CopyChannels(second, both, p.b, 0, p.a+p.b, p.a, p.b)
			t.same("side by side", both, want)
			t.same("taken apart", second, y)
		})
	})
}

// TestRandomSpaced compares with the definition.
func TestRandomSpaced(t *testing.T) {
	s := newSweep(t)
	s.random(80, func(rng *rand.Rand) {
		c := Spaced{Conv: Conv{N: 1 + rng.IntN(3), H: 1 + rng.IntN(14), W: 1 + rng.IntN(14), R: 1 + rng.IntN(4), S: 1 + rng.IntN(4),
			Stride: 1 + rng.IntN(2), Groups: 1 + rng.IntN(2)}, Dilation: [2]int{1 + rng.IntN(3), 1 + rng.IntN(3)}}
		c.C, c.K = c.Groups*(1+rng.IntN(18)), c.Groups*(1+rng.IntN(18))
		if rng.IntN(3) == 0 {
			c.Groups, c.C, c.K = 1, 16, 32 // fast ways
		}
		for i := range c.Pads {
			c.Pads[i] = rng.IntN(4)
		}
		shape := c.Conv
		if c = c.Resolve(); c.OH < 1 || c.OW < 1 {
			return
		}
		x, w, dy := random(1, c.N*c.H*c.W*c.C), random(2, c.R*c.S*c.C/c.Groups*c.K), random(3, c.N*c.OH*c.OW*c.K)
		y, dx, dw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
		cg, kg := c.C/c.Groups, c.K/c.Groups
		for i := range dy {
			k, ow, oh, n := i%c.K, i/c.K%c.OW, i/c.K/c.OW%c.OH, i/c.K/c.OW/c.OH
			for tap := range c.R * c.S * cg {
				r, q, ch := tap/cg/c.S, tap/cg%c.S, tap%cg
				h, v := oh*c.Stride+r*c.Dilation[0]-c.Pads[0], ow*c.Stride+q*c.Dilation[1]-c.Pads[1]
				if h < 0 || h >= c.H || v < 0 || v >= c.W {
					continue
				}
				xi, wi := ((n*c.H+h)*c.W+v)*c.C+k/kg*cg+ch, tap*c.K+k
				y[i] += float64(x[xi]) * float64(w[wi])
				dx[xi] += float64(dy[i]) * float64(w[wi])
				dw[wi] += float64(dy[i]) * float64(x[xi])
			}
		}
		s.try(shape, func(t *trial) {
			x, w, dy := t.input(x), t.input(w), t.input(dy)
			gotY, gotX, gotW := t.output(len(y)), t.output(len(dx)), t.output(len(dw))
			soil()
			c.Forward(gotY, x, w)
			c.BackwardInput(gotX, dy, w)
			c.BackwardWeights(gotW, x, dy)
			t.near("output", gotY, y, 20, 2e-6)
			t.near("input gradient", gotX, dx, 20, 2e-6)
			t.near("weight gradient", gotW, dw, 20, 4e-6)
		})
	})
}

// TestOperationsSameBits runs the kernels of this file with one to three processors.
func TestOperationsSameBits(t *testing.T) {
	const n, h, w, c = 3, 30, 20, 24
	x, dy := random(1, n*h*w*c), random(2, n*h*w*c)
	weight := random(3, c)
	sameWithProcessors(t, func() [][]float32 {
		outs := [][]float32{}
		out := func(n int) []float32 {
			outs = append(outs, dirty(n))
			return outs[len(outs)-1]
		}
		a := Average{n, h, w, c, Spans(15, h, 2, 2, 0, false), Spans(10, w, 2, 2, 0, false)}
		a.Forward(out(n*15*10*c), x)
		a.Backward(out(len(x)), dy[:n*15*10*c])
		l := LRN{c, 5, 1e-4, 0.75, 2}
		l.Forward(out(len(x)), x)
		l.Backward(out(len(x)), dy, x)
		g := GroupNorm{n, c, 4, 1e-5}
		mean, invstd := make([]float64, n*4), make([]float64, n*4)
		g.Forward(out(len(x)), x, weight, weight, mean, invstd)
		g.BackwardInput(out(len(x)), dy, x, weight, mean, invstd)
		g.BackwardParameters(out(c), out(c), dy, x, mean, invstd)
		r := Resample{n, h, w, c, LinearTaps(2*h, h, false), NearestTaps(2*w, w)}
		large := out(4 * len(x))
		r.Forward(large, x)
		r.Backward(out(len(x)), large)
		return append(outs, halves(mean), halves(invstd))
	})
}

// TestResampleTaps wants weights that add up to 1, and PyTorch's places.
func TestResampleTaps(t *testing.T) {
	for _, test := range []struct {
		n, length int
		corners   bool
	}{{1, 5, true}, {1, 5, false}, {7, 3, true}, {7, 3, false}, {3, 7, true}, {3, 7, false}, {4, 4, false}, {5, 1, true}} {
		for i, taps := range LinearTaps(test.n, test.length, test.corners) {
			sum := 0.0
			for _, tap := range taps {
				sum += float64(tap.Weight)
				if tap.At < 0 || tap.At >= test.length {
					t.Errorf("%+v: place %d comes from %d", test, i, tap.At)
				}
			}
			if math.Abs(sum-1) > 1e-6 {
				t.Errorf("%+v: the weights of place %d add up to %v", test, i, sum)
			}
		}
	}
}
