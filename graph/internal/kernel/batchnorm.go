package kernel

// Batch normalisation (Ioffe and Szegedy 2015) over rows of c channels: an
// image batch [N H W C] is N*H*W rows.

// channelSums adds up k sums for each of c channels over the rows, each chunk of
// rows apart and the chunks in order, and hands them to use.
func channelSums(rows, c, k int, add func(s *space, lo, hi int, sum []float64), use func(sums []float64)) {
	parts := chunks(rows)
	buf := doubles.get(parts * k * c)
	defer doubles.put(buf)
	sums := *buf
	clear(sums)
	parallel(parts, func(s *space, i int) {
		lo, hi := chunk(rows, parts, i)
		add(s, lo, hi, sums[i*k*c:(i+1)*k*c])
	})
	for i := k * c; i < len(sums); i++ {
		sums[i%(k*c)] += sums[i]
	}
	use(sums[:k*c])
}

// Affine computes y = x*scale + shift for each channel, then adds the shortcut
// unless it is nil, then applies ReLU if asked to. All of them are [rows c] but
// scale and shift [c].
func Affine(y, x, scale, shift, shortcut []float32, relu bool) {
	c := len(scale)
	s := takeSpace()
	defer s.release()
	scales, shifts := unit.tile(s, scale), unit.tile(s, shift)
	parallelRange(len(x), c, func(lo, hi int) {
		lo = c * unit.walk(c, lo/c, hi/c, func(at, j, rows, stride int) {
			switch {
			case shortcut != nil && relu:
				unit.affineAddReLU(&x[at], &shortcut[at], &scales[j], &shifts[j], &y[at], rows, stride)
			case shortcut != nil:
				unit.affineAdd(&x[at], &shortcut[at], &scales[j], &shifts[j], &y[at], rows, stride)
			case relu:
				unit.affineReLU(&x[at], &scales[j], &shifts[j], &y[at], rows, stride)
			default:
				unit.affine(&x[at], &scales[j], &shifts[j], &y[at], rows, stride)
			}
		})
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
// and zero elsewhere; y nil means that no ReLU followed and dz is dy. Unless dz is
// nil it is stored there; it may lie where dy or y does.
func AffineGradSums(dscale, dshift, dz, dy, y, x []float32, mean, invstd []float64) {
	c := len(dscale)
	s := takeSpace()
	defer s.release()
	center := s.floats.get(c)
	for j, m := range mean {
		center[j] = float32(m)
	}
	centers := unit.tile(s, center)
	channelSums(len(x)/c, c, 2, func(s *space, lo, hi int, sum []float64) {
		lo = unit.sums(s, c, lo, hi, sum, func(at, j int, a, b *float32, rows, stride int) {
			switch {
			case y == nil:
				unit.gradSums(&x[at], &dy[at], &centers[j], a, b, rows, stride)
			case dz == nil:
				unit.gradSumsReLU(&x[at], &dy[at], &y[at], &centers[j], a, b, rows, stride)
			default:
				unit.gradSumsStore(&x[at], &dy[at], &y[at], &centers[j], a, b, &dz[at], rows, stride)
			}
		})
		a, b := sum[:c], sum[c:2*c]
		for i := lo * c; i < hi*c; i += c {
			xs := x[i : i+c]
			for j, g := range dy[i : i+c] {
				if y != nil && !(y[i+j] > 0) {
					g = 0
				}
				if dz != nil {
					dz[i+j] = g
				}
				a[j] += float64(g) * float64(xs[j]-center[j])
				b[j] += float64(g)
			}
		}
	}, func(sums []float64) {
		for j := range c {
			sums[j] += (float64(center[j]) - mean[j]) * sums[c+j] // the mean's digits beyond float32
			dscale[j] = float32(sums[j] * invstd[j])
			dshift[j] = float32(sums[c+j])
		}
	})
}

// AffineGradInput computes dx = a*dz + b*x + k for each channel, with dz as in
// AffineGradSums and a, b, k [c].
func AffineGradInput(dx, dy, y, x, a, b, k []float32) {
	c := len(a)
	s := takeSpace()
	defer s.release()
	as, bs, ks := unit.tile(s, a), unit.tile(s, b), unit.tile(s, k)
	parallelRange(len(x), c, func(lo, hi int) {
		lo = c * unit.walk(c, lo/c, hi/c, func(at, j, rows, stride int) {
			if y == nil {
				unit.gradInput(&x[at], &dy[at], &as[j], &bs[j], &ks[j], &dx[at], rows, stride)
			} else {
				unit.gradInputReLU(&x[at], &dy[at], &y[at], &as[j], &bs[j], &ks[j], &dx[at], rows, stride)
			}
		})
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
