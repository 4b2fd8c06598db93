package kernel

import "math"

// Softmax computes y = exp(x)/sum(exp(x)) for every row of x [rows c]. y may lie
// where x does.
func Softmax(y, x []float32, c int) {
	f := functions()
	ranges(len(x), c, func(s *space, lo, hi int) {
		rest := s.floats.get(f.width)
		for i := lo; i < hi; i += c {
			f.softmax(y[i:i+c], x[i:i+c], rest)
		}
	})
}

// softmax is that of a row; rest is a register's room.
func (f *functionUnit) softmax(y, x, rest []float32) {
	n := f.whole(len(x))
	top := f.rowMax(x[:n])
	if n < len(x) {
		fillWith32(rest, float32(math.Inf(-1)))
		copy(rest, x[n:])
		top = max(top, f.rowMax(rest))
	}
	sum := f.expSum(x[:n], y[:n], 1, top)
	if n < len(x) {
		sum += f.expSum(rest, rest, 1, top)
		copy(y[n:], rest)
	}
	f.scale(y[:n], y[:n], 1/sum)
	for i := n; i < len(y); i++ {
		y[i] *= 1 / sum
	}
}

// fillWith32 sets all of x.
func fillWith32(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// SoftmaxGrad computes dx = y*(dy - sum(dy*y)) for every row, from the output y.
// dx may lie where either does.
func SoftmaxGrad(dx, dy, y []float32, c int) {
	f := functions()
	ranges(len(y), c, func(_ *space, lo, hi int) {
		for i := lo; i < hi; i += c {
			row, g, out := y[i:i+c], dy[i:i+c], dx[i:i+c]
			n := f.whole(c)
			along := float64(f.dot(row[:n], g[:n]))
			for j := n; j < c; j++ {
				along += float64(row[j]) * float64(g[j])
			}
			a := float32(along)
			f.softmaxGrad(row[:n], g[:n], out[:n], a, 1)
			for j := n; j < c; j++ {
				out[j] = row[j] * (g[j] - a)
			}
		}
	})
}
