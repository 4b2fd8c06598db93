package kernel

// ReLU computes y = max(x, 0).
func ReLU(y, x []float32) {
	parallelRange(len(x), 1, func(lo, hi int) { unit.relu(y[lo:hi], x[lo:hi]) })
}

// ReLUGrad computes dx = dy where y > 0, and zero elsewhere.
func ReLUGrad(dx, dy, y []float32) {
	parallelRange(len(y), 1, func(lo, hi int) { unit.reluGrad(dx[lo:hi], dy[lo:hi], y[lo:hi]) })
}

// Add computes z = x + y.
func Add(z, x, y []float32) {
	parallelRange(len(x), 1, func(lo, hi int) { unit.add(z[lo:hi], x[lo:hi], y[lo:hi]) })
}

// AddBias adds b [c] to every row of y [rows c].
func AddBias(y, b []float32) { AddEach(y, y, b) }

// SumRows adds up the rows of x [rows c] into sum [c].
func SumRows(sum, x []float32) {
	c, f := len(sum), functions()
	channelSums(len(x)/c, c, 1, func(space *space, lo, hi int, s []float64) {
		sums := rowSums{f: f, part: space.floats.get(c), sum: s}
		for ; lo < hi; lo++ {
			sums.add(x[lo*c : (lo+1)*c])
		}
		sums.end()
	}, func(sums []float64) {
		for j, v := range sums {
			sum[j] = float32(v)
		}
	})
}

// SGD is one step of stochastic gradient descent on one tensor, in one pass:
//
//	g = grad + decay*w;  v = momentum*v + g;  w -= rate*v
//
// and with Nesterov's momentum w -= rate*(g + momentum*v).
func SGD(w, v, grad []float32, rate, momentum, decay float32, nesterov bool) {
	if len(w) <= Grain {
		unit.sgd(w, v, grad, rate, momentum, decay, nesterov)
		return
	}
	parallelRange(len(w), 1, func(lo, hi int) {
		unit.sgd(w[lo:hi], v[lo:hi], grad[lo:hi], rate, momentum, decay, nesterov)
	})
}

// AddReLU computes z = max(x + y, 0).
func AddReLU(z, x, y []float32) {
	parallelRange(len(x), 1, func(lo, hi int) { unit.addReLU(z[lo:hi], x[lo:hi], y[lo:hi]) })
}
