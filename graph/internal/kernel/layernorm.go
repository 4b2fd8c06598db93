package kernel

import "math"

// Layer normalisation (Ba et al. 2016) over rows of c channels.

// LayerNorm computes y = weight*(x-mean)*invstd + bias for every row of x [rows c],
// with the row's mean and 1/sqrt(biased variance + epsilon), which are left in mean
// and invstd [rows].
func LayerNorm(y, x, weight, bias, mean, invstd []float32, epsilon float64) {
	c := len(weight)
	parallelRange(len(x), c, func(lo, hi int) {
		for i := lo; i < hi; i += c {
			row := x[i : i+c]
			m, v := rowMoments(row)
			inv := float32(1 / math.Sqrt(v+epsilon))
			mean[i/c], invstd[i/c] = float32(m), inv
			center := float32(m)
			out := y[i : i+c]
			for j, x := range row {
				out[j] = (x-center)*inv*weight[j] + bias[j]
			}
		}
	})
}

// rowMoments are mean and biased variance, in two passes.
func rowMoments(row []float32) (mean, variance float64) {
	n := float64(len(row))
	for _, v := range row {
		mean += float64(v)
	}
	mean /= n
	for _, v := range row {
		d := float64(v) - mean
		variance += d * d
	}
	return mean, variance / n
}

// LayerNormGradInput computes, for every row, dx = invstd*(g - mean(g) -
// xhat*mean(g*xhat)) with g = dy*weight and xhat = (x-mean)*invstd. dx may lie
// where dy or x does.
func LayerNormGradInput(dx, dy, x, weight, mean, invstd []float32) {
	c := len(weight)
	parallelRange(len(x), c, func(lo, hi int) {
		for i := lo; i < hi; i += c {
			m, inv := mean[i/c], invstd[i/c]
			xs, gs, out := x[i:i+c], dy[i:i+c], dx[i:i+c]
			var sum, along float64
			for j, v := range xs {
				g := float64(gs[j]) * float64(weight[j])
				sum += g
				along += g * float64((v-m)*inv)
			}
			a, b := float32(sum/float64(c)), float32(along/float64(c))
			for j, v := range xs {
				out[j] = inv * (gs[j]*weight[j] - a - (v-m)*inv*b)
			}
		}
	})
}

// LayerNormGradParameters computes dweight = sum(dy*xhat) and dbias = sum(dy) over
// the rows.
func LayerNormGradParameters(dweight, dbias, dy, x, mean, invstd []float32) {
	c := len(dweight)
	channelSums(len(x)/c, c, 2, func(_ *space, lo, hi int, sum []float64) {
		a, b := sum[:c], sum[c:2*c]
		for r := lo; r < hi; r++ {
			m, inv := mean[r], invstd[r]
			xs := x[r*c : (r+1)*c]
			for j, g := range dy[r*c : (r+1)*c] {
				a[j] += float64(g) * float64((xs[j]-m)*inv)
				b[j] += float64(g)
			}
		}
	}, func(sums []float64) {
		for j := range c {
			dweight[j], dbias[j] = float32(sums[j]), float32(sums[c+j])
		}
	})
}
