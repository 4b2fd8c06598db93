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
