package kernel

import "math"

// LRN is local response normalisation (Krizhevsky et al. 2012, section 3.3) of rows
// of C channels as PyTorch has it: y = x/d^Beta with d = K + Alpha/Size times the sum
// of squares over Size channels, from Size/2 before one on, that there are.
type LRN struct {
	C, Size        int
	Alpha, Beta, K float64
}

// denominators computes d of a row.
func (l LRN) denominators(d []float64, x []float32) {
	sum, before, after := 0.0, l.Size/2, (l.Size-1)/2
	square := func(c int) float64 {
		if c < 0 || c >= len(x) {
			return 0
		}
		return float64(x[c]) * float64(x[c])
	}
	for c := range d {
		sum = 0
		for j := c - before; j <= c+after; j++ {
			sum += square(j)
		}
		d[c] = l.K + l.Alpha/float64(l.Size)*sum
	}
}

// Forward computes y [rows C].
func (l LRN) Forward(y, x []float32) {
	l.rows(len(x), func(s *space, lo, hi int) {
		d := s.sums.get(l.C)
		for i := lo; i < hi; i += l.C {
			row := x[i : i+l.C]
			l.denominators(d, row)
			for c, v := range row {
				y[i+c] = float32(float64(v) * math.Pow(d[c], -l.Beta))
			}
		}
	})
}

// Backward computes dx of dy and x: with p = d^-Beta,
//
//	dx = dy*p - 2 Alpha/Size Beta x * (the sum of dy*x*p/d over the channels that see it)
func (l LRN) Backward(dx, dy, x []float32) {
	before, after := l.Size/2, (l.Size-1)/2
	l.rows(len(x), func(s *space, lo, hi int) {
		d, t := s.sums.get(l.C), s.sums.get(l.C)
		for i := lo; i < hi; i += l.C {
			row, g := x[i:i+l.C], dy[i:i+l.C]
			l.denominators(d, row)
			for c, v := range row {
				p := math.Pow(d[c], -l.Beta)
				t[c] = float64(g[c]) * float64(v) * p / d[c]
				d[c] = p
			}
			for c, v := range row {
				sum := 0.0
				for j := max(c-after, 0); j <= min(c+before, l.C-1); j++ {
					sum += t[j]
				}
				dx[i+c] = float32(float64(g[c])*d[c] - 2*l.Alpha/float64(l.Size)*l.Beta*float64(v)*sum)
			}
		}
	})
}

// rows shares out n values, whole rows to a task.
func (l LRN) rows(n int, task func(s *space, lo, hi int)) {
	step := max(Grain/8/l.C, 1) * l.C
	parallel((n+step-1)/step, func(s *space, i int) { task(s, i*step, min((i+1)*step, n)) })
}
