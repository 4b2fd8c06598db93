package kernel

// Batch normalisation (Ioffe and Szegedy 2015) over rows of c channels: an
// image batch [N H W C] is N*H*W rows.

// Moments computes the mean and the biased variance of every channel of
// x [rows c]. Sums are kept in float64.
func Moments(mean, variance []float64, x []float32, c int) {
	sums := channelSums(len(x)/c, c, 2, func(lo, hi int, sum []float64) {
		a, b := sum[:c], sum[c:2*c]
		for i := lo * c; i < hi*c; i += c {
			for j, v := range x[i : i+c] {
				f := float64(v)
				a[j] += f
				b[j] += f * f
			}
		}
	})
	rows := float64(len(x) / c)
	for j := range c {
		mean[j] = sums[j] / rows
		variance[j] = max(sums[c+j]/rows-mean[j]*mean[j], 0)
	}
}

// channelSums adds up k sums for each of c channels over the rows, each chunk
// of rows apart and the chunks in order.
func channelSums(rows, c, k int, add func(lo, hi int, sum []float64)) []float64 {
	parts := chunks(rows)
	sums := make([]float64, parts*k*c)
	Parallel(parts, func(i int) {
		lo, hi := chunk(rows, parts, i)
		add(lo, hi, sums[i*k*c:(i+1)*k*c])
	})
	for i := k * c; i < len(sums); i++ {
		sums[i%(k*c)] += sums[i]
	}
	return sums[:k*c]
}

// Affine computes y = x*scale + shift for each channel, then adds the shortcut
// unless it is nil, then applies ReLU if asked to. All of them are [rows c] but
// scale and shift [c].
func Affine(y, x, scale, shift, shortcut []float32, relu bool) {
	c := len(scale)
	parallelRange(len(x), c, func(lo, hi int) {
		for i := lo; i < hi; i += c {
			row := y[i : i+c]
			shift := shift[:len(row)]
			scale := scale[:len(row)]
			for j, v := range x[i : i+c] {
				row[j] = v*scale[j] + shift[j]
			}
			if shortcut != nil {
				for j, v := range shortcut[i : i+c] {
					row[j] += v
				}
			}
			if relu {
				for j, v := range row {
					row[j] = max(v, 0)
				}
			}
		}
	})
}

// AffineGradSums computes, for each channel, the gradients of the scale,
// sum(dz*(x-mean)*invstd), and of the shift, sum(dz), where dz is dy where y > 0
// and zero elsewhere; y nil means that no ReLU followed and dz is dy.
func AffineGradSums(dscale, dshift, dy, y, x []float32, mean, invstd []float64) {
	c := len(dscale)
	sums := channelSums(len(x)/c, c, 2, func(lo, hi int, sum []float64) {
		a, b := sum[:c], sum[c:2*c]
		for i := lo * c; i < hi*c; i += c {
			dz := dy[i : i+c]
			xs := x[i : i+c]
			if y == nil {
				for j, g := range dz {
					a[j] += float64(g) * (float64(xs[j]) - mean[j])
					b[j] += float64(g)
				}
				continue
			}
			for j, v := range y[i : i+c] {
				if v > 0 {
					g := float64(dz[j])
					a[j] += g * (float64(xs[j]) - mean[j])
					b[j] += g
				}
			}
		}
	})
	for j := range c {
		dscale[j] = float32(sums[j] * invstd[j])
		dshift[j] = float32(sums[c+j])
	}
}

// AffineGradInput computes dx = a*dz + b*x + k for each channel, with dz as in
// AffineGradSums and a, b, k [c].
func AffineGradInput(dx, dy, y, x, a, b, k []float32) {
	c := len(a)
	parallelRange(len(x), c, func(lo, hi int) {
		for i := lo; i < hi; i += c {
			row, dz, xs := dx[i:i+c], dy[i:i+c], x[i:i+c]
			if y == nil {
				for j, g := range dz {
					row[j] = a[j]*g + b[j]*xs[j] + k[j]
				}
				continue
			}
			for j, v := range y[i : i+c] {
				var g float32
				if v > 0 {
					g = dz[j]
				}
				row[j] = a[j]*g + b[j]*xs[j] + k[j]
			}
		}
	})
}
