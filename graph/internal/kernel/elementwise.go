package kernel

// ReLU computes y = max(x, 0).
func ReLU(y, x []float32) {
	parallelRange(len(x), 1, func(lo, hi int) {
		for i, v := range x[lo:hi] {
			y[lo+i] = max(v, 0)
		}
	})
}

// ReLUGrad computes dx = dy where y > 0, and zero elsewhere.
func ReLUGrad(dx, dy, y []float32) {
	parallelRange(len(y), 1, func(lo, hi int) {
		for i, v := range y[lo:hi] {
			if v > 0 {
				dx[lo+i] = dy[lo+i]
			} else {
				dx[lo+i] = 0
			}
		}
	})
}

// Add computes z = x + y.
func Add(z, x, y []float32) {
	parallelRange(len(x), 1, func(lo, hi int) {
		for i, v := range x[lo:hi] {
			z[lo+i] = v + y[lo+i]
		}
	})
}

// AddBias adds b [c] to every row of y [rows c].
func AddBias(y, b []float32) {
	c := len(b)
	parallelRange(len(y), c, func(lo, hi int) {
		for i := lo; i < hi; i += c {
			row := y[i : i+c]
			for j, v := range b {
				row[j] += v
			}
		}
	})
}

// SumRows adds up the rows of x [rows c] into sum [c].
func SumRows(sum, x []float32) {
	c := len(sum)
	sums := channelSums(len(x)/c, c, 1, func(lo, hi int, s []float64) {
		for i := lo * c; i < hi*c; i += c {
			for j, v := range x[i : i+c] {
				s[j] += float64(v)
			}
		}
	})
	for j, v := range sums {
		sum[j] = float32(v)
	}
}

// SGD is one step of stochastic gradient descent on one tensor, in one pass:
//
//	g = grad + decay*w;  v = momentum*v + g;  w -= rate*v
//
// and with Nesterov's momentum w -= rate*(g + momentum*v).
func SGD(w, v, grad []float32, rate, momentum, decay float32, nesterov bool) {
	parallelRange(len(w), 1, func(lo, hi int) {
		w, v, grad := w[lo:hi], v[lo:hi], grad[lo:hi]
		for i, g := range grad {
			g += decay * w[i]
			v[i] = momentum*v[i] + g
			if nesterov {
				w[i] -= rate * (g + momentum*v[i])
			} else {
				w[i] -= rate * v[i]
			}
		}
	})
}
