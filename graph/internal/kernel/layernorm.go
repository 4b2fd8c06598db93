package kernel

import "math"

// Layer normalisation (Ba et al. 2016) over rows of c channels.

// LayerNorm computes y = weight*(x-mean)*invstd + bias for every row of x [rows c],
// with the row's mean and 1/sqrt(biased variance + epsilon), which are left in mean
// and invstd [rows].
func LayerNorm(y, x, weight, bias, mean, invstd []float32, epsilon float64) {
	c, f := len(weight), functions()
	parallelRange(len(x), c, func(lo, hi int) {
		n := f.whole(c)
		for i := lo; i < hi; i += c {
			row, out := x[i:i+c], y[i:i+c]
			m, v := f.moments(row)
			center, inv := float32(m), float32(1/math.Sqrt(v+epsilon))
			mean[i/c], invstd[i/c] = center, inv
			f.normRow(row[:n], weight[:n], bias[:n], out[:n], center, inv)
			for j := n; j < c; j++ {
				out[j] = (row[j]-center)*inv*weight[j] + bias[j]
			}
		}
	})
}

// moments are a row's mean and biased variance, in two passes: the second, about the
// mean of the first, corrects it too.
func (f *functionUnit) moments(row []float32) (mean, variance float64) {
	center := row[0]
	for range 2 {
		n := f.whole(len(row))
		a, b := f.rowMoments(row[:n], center)
		sum, square := float64(a), float64(b)
		for _, v := range row[n:] {
			d := float64(v - center)
			sum += d
			square += d * d
		}
		sum /= float64(len(row))
		mean, variance = float64(center)+sum, max(square/float64(len(row))-sum*sum, 0)
		center = float32(mean)
	}
	return mean, variance
}

// LayerNormGradInput computes, for every row, dx = invstd*(g - mean(g) -
// xhat*mean(g*xhat)) with g = dy*weight and xhat = (x-mean)*invstd. dx may lie
// where dy or x does.
func LayerNormGradInput(dx, dy, x, weight, mean, invstd []float32) {
	c, f := len(weight), functions()
	parallelRange(len(x), c, func(lo, hi int) {
		n := f.whole(c)
		for i := lo; i < hi; i += c {
			m, inv := mean[i/c], invstd[i/c]
			xs, gs, out := x[i:i+c], dy[i:i+c], dx[i:i+c]
			s, t := f.normGradSums(xs[:n], gs[:n], weight[:n], m, inv)
			sum, along := float64(s), float64(t)
			for j := n; j < c; j++ {
				g := float64(gs[j]) * float64(weight[j])
				sum += g
				along += g * float64((xs[j]-m)*inv)
			}
			a, b := float32(sum/float64(c)), float32(along/float64(c))
			f.normGradRow(xs[:n], gs[:n], weight[:n], out[:n], m, inv, a, b)
			for j := n; j < c; j++ {
				out[j] = inv * (gs[j]*weight[j] - a - (xs[j]-m)*inv*b)
			}
		}
	})
}

// LayerNormWorkspace is what LayerNormGradParameters works in at the most, of any number
// of rows.
func LayerNormWorkspace(c int) Workspace { return Workspace{Sums: fewTasks * 2 * c} }

// LayerNormGradParameters computes dweight = sum(dy*xhat) and dbias = sum(dy) over
// the rows.
func LayerNormGradParameters(dweight, dbias, dy, x, mean, invstd []float32) {
	c, f := len(dweight), functions()
	channelSums(len(x)/c, c, 2, func(s *space, lo, hi int, sum []float64) {
		a, b := sum[:c], sum[c:2*c]
		w := 2 * f.width
		along, straight := s.floats.get(w), s.floats.get(w)
		columns := c - c%w
		for ; lo < hi; lo += sumRows {
			to := min(lo+sumRows, hi)
			for j := 0; j < columns; j += w {
				f.normColumns(x[lo*c+j:], dy[lo*c+j:], mean[lo:to], invstd[lo:to], along, straight, c)
				for k, v := range along {
					a[j+k] += float64(v)
					b[j+k] += float64(straight[k])
				}
			}
			for r := lo; r < to; r++ {
				m, inv := mean[r], invstd[r]
				for j := columns; j < c; j++ {
					g := float64(dy[r*c+j])
					a[j] += g * float64((x[r*c+j]-m)*inv)
					b[j] += g
				}
			}
		}
	}, func(sums []float64) {
		for j := range c {
			dweight[j], dbias[j] = float32(sums[j]), float32(sums[c+j])
		}
	})
}
