package kernel

// vectors is arithmetic with vector instructions; what these leave over, and have
// nothing for, is left to the loops.
type vectors struct {
	loops
	u *vectorUnit
}

func (v vectors) name() string             { return v.u.name }
func (v vectors) functions() *functionUnit { return v.u.functions }
func (v vectors) columns() *columnKernels  { return &v.u.columns }
func (v vectors) uneven(c int) bool        { return c >= lanes && !v.u.fits(c) }

func (v vectors) spin(rounds int) int {
	const chains = 12
	v.u.peak(rounds)
	return 2 * rounds * chains * v.u.width
}

func (v vectors) relu(y, x []float32) {
	n := v.u.flat(len(x), func(rows, stride int) { v.u.relu(&x[0], &y[0], rows, stride) })
	v.loops.relu(y[n:], x[n:])
}

func (v vectors) reluGrad(dx, dy, y []float32) {
	n := v.u.flat(len(y), func(rows, stride int) { v.u.reluGrad(&dy[0], &y[0], &dx[0], rows, stride) })
	v.loops.reluGrad(dx[n:], dy[n:], y[n:])
}

func (v vectors) add(z, x, y []float32) {
	n := v.u.flat(len(x), func(rows, stride int) { v.u.add(&x[0], &y[0], &z[0], rows, stride) })
	v.loops.add(z[n:], x[n:], y[n:])
}

func (v vectors) addReLU(z, x, y []float32) {
	n := v.u.flat(len(x), func(rows, stride int) { v.u.addReLU(&x[0], &y[0], &z[0], rows, stride) })
	v.loops.addReLU(z[n:], x[n:], y[n:])
}

func (v vectors) sgd(w, momenta, grad []float32, rate, momentum, decay float32, nesterov bool) {
	flag := 0
	if nesterov {
		flag = 1
	}
	n := v.u.flat(len(w), func(rows, _ int) { v.u.sgd(&w[0], &momenta[0], &grad[0], rate, momentum, decay, rows, flag) })
	v.loops.sgd(w[n:], momenta[n:], grad[n:], rate, momentum, decay, nesterov)
}

func (v vectors) adam(w, means, squares, grad []float32, c AdamStep) {
	n := len(w) / v.u.width
	if n > 0 {
		v.u.adam(&w[0], &means[0], &squares[0], &grad[0], c.First, c.Second, c.Rest, c.Root, c.Epsilon, c.Rate, c.Decay, c.Kept, n)
	}
	n *= v.u.width
	v.loops.adam(w[n:], means[n:], squares[n:], grad[n:], c)
}

func (v vectors) copyPixels(dst, src []float32, pixels, c, to, from int) {
	if c%lanes != 0 {
		v.loops.copyPixels(dst, src, pixels, c, to, from)
		return
	}
	v.u.copyBlocks(&dst[0], &src[0], pixels, c/lanes, 4*to, 4*lanes, 4*from)
}

func (v vectors) maxPool(s *space, y []float32, at []int32, p *Pool, image []float32, top, left, height, width int) {
	if p.C%lanes != 0 {
		v.loops.maxPool(s, y, at, p, image, top, left, height, width)
		return
	}
	s.reset()
	offsets, places := p.taps(s, height, width)
	base := top*p.W + left
	v.u.maxPool(&y[0], &at[0], &image[base*p.C], &offsets[0], &places[0], base, len(offsets), p.C/lanes)
}

func (v vectors) repeat(s *space, values []float32) []float32 {
	if len(values) >= v.u.group || !v.u.fits(len(values)) {
		return values
	}
	out := s.floats.get(v.u.group)
	for i := range out {
		out[i] = values[i%len(values)]
	}
	return out
}

func (v vectors) affine(y, x, scale, shift, shortcut []float32, c int, a Activation) {
	u, relu := v.u, a == RectifiedLinear
	n := u.walk(c, len(x)/c, func(at, j, rows, stride int) {
		switch {
		case shortcut != nil && relu:
			u.affineAddReLU(&x[at], &shortcut[at], &scale[j], &shift[j], &y[at], rows, stride)
		case shortcut != nil:
			u.affineAdd(&x[at], &shortcut[at], &scale[j], &shift[j], &y[at], rows, stride)
		case relu:
			u.affineReLU(&x[at], &scale[j], &shift[j], &y[at], rows, stride)
		default:
			u.affine(&x[at], &scale[j], &shift[j], &y[at], rows, stride)
		}
	})
	v.loops.affine(y[n:], x[n:], scale, shift, from(shortcut, n), c, a)
}

func (v vectors) affineGradSums(s *space, sum []float64, dz, dy, y, x, center []float32, c int) {
	u := v.u
	n := u.sums(s, c, len(x)/c, sum, func(at, j int, a, b *float32, rows, stride int) {
		switch {
		case y == nil:
			u.gradSums(&x[at], &dy[at], &center[j], a, b, rows, stride)
		case dz == nil:
			u.gradSumsReLU(&x[at], &dy[at], &y[at], &center[j], a, b, rows, stride)
		default:
			u.gradSumsStore(&x[at], &dy[at], &y[at], &center[j], a, b, &dz[at], rows, stride)
		}
	})
	v.loops.affineGradSums(s, sum, from(dz, n), dy[n:], from(y, n), x[n:], center, c)
}

func (v vectors) affineGradInput(dx, dy, y, x, a, b, k []float32, c int) {
	u := v.u
	n := u.walk(c, len(x)/c, func(at, j, rows, stride int) {
		if y == nil {
			u.gradInput(&x[at], &dy[at], &a[j], &b[j], &k[j], &dx[at], rows, stride)
		} else {
			u.gradInputReLU(&x[at], &dy[at], &y[at], &a[j], &b[j], &k[j], &dx[at], rows, stride)
		}
	})
	v.loops.affineGradInput(dx[n:], dy[n:], from(y, n), x[n:], a, b, k, c)
}

func (v vectors) moments(s *space, sum []float64, x, pivot []float32) {
	c := len(sum) / 2
	n := v.u.sums(s, c, len(x)/c, sum, func(at, j int, a, b *float32, rows, stride int) {
		v.u.moments(&x[at], &pivot[j], a, b, rows, stride)
	})
	v.loops.moments(s, sum, x[n:], pivot)
}

// from is what of a slice begins there, nil of nil.
func from(x []float32, at int) []float32 {
	if x == nil {
		return nil
	}
	return x[at:]
}
