package kernel

// Batch normalisation (Ioffe and Szegedy 2015) over rows of c channels: an
// image batch [N H W C] is N*H*W rows.

// channelSums adds up k sums for each of c channels over the rows, each chunk of
// rows apart and the chunks in order, and hands them to use.
func channelSums(rows, c, k int, add func(s *space, lo, hi int, sum []float64), use func(sums []float64)) {
	parts := chunks(rows)
	w := takeWork(Workspace{})
	defer w.release()
	sums := w.sums.get(parts * k * c)
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

// Affine computes y = a(x*scale + shift + shortcut) for each channel; there may be
// no shortcut. All of them are [rows c] but scale and shift [c].
func Affine(y, x, scale, shift, shortcut []float32, a Activation) {
	c := len(scale)
	s := takeWork(Workspace{})
	defer s.release()
	scales, shifts := unit.repeat(s.space, scale), unit.repeat(s.space, shift)
	ranges(len(x), c, func(s *space, lo, hi int) {
		var add []float32
		if shortcut != nil {
			add = shortcut[lo:hi]
		}
		unit.affine(y[lo:hi], x[lo:hi], scales, shifts, add, c, a)
		if !a.onTheWay() {
			a.apply(s, y[lo:hi])
		}
	})
}

// AffineGradSums computes, for each channel, the gradients of the scale,
// sum(dz*(x-mean)*invstd), and of the shift, sum(dz), where dz is dy where y > 0
// and zero elsewhere; y nil means that no ReLU followed and dz is dy. Unless dz is
// nil it is stored there; it may lie where dy or y does.
func AffineGradSums(dscale, dshift, dz, dy, y, x []float32, mean, invstd []float64) {
	c := len(dscale)
	s := takeWork(Workspace{})
	defer s.release()
	center := s.floats.get(c)
	for j, m := range mean {
		center[j] = float32(m)
	}
	centers := unit.repeat(s.space, center)
	channelSums(len(x)/c, c, 2, func(s *space, lo, hi int, sum []float64) {
		lo, hi = lo*c, hi*c
		piece := func(x []float32) []float32 {
			if x == nil {
				return nil
			}
			return x[lo:hi]
		}
		unit.affineGradSums(s, sum, piece(dz), dy[lo:hi], piece(y), x[lo:hi], centers, c)
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
	s := takeWork(Workspace{})
	defer s.release()
	as, bs, ks := unit.repeat(s.space, a), unit.repeat(s.space, b), unit.repeat(s.space, k)
	parallelRange(len(x), c, func(lo, hi int) {
		var mask []float32
		if y != nil {
			mask = y[lo:hi]
		}
		unit.affineGradInput(dx[lo:hi], dy[lo:hi], mask, x[lo:hi], as, bs, ks, c)
	})
}
