package kernel

// Wide are the first channels of rows that lie Step floats apart: a part of wider
// pictures, or whole ones.
type Wide struct {
	Data []float32
	Step int
}

// from are the rows from one on.
func (w Wide) from(row int) Wide { return Wide{w.Data[row*w.Step:], w.Step} }

// row is one of c channels.
func (w Wide) row(i, c int) []float32 { return w.Data[i*w.Step : i*w.Step+c] }

// columnKernels walk down rows of a block of 16 channels; steps are in bytes.
type columnKernels struct {
	affine, affineReLU func(x, y, scale, shift *float32, rows, xstep, ystep int)
	moments            func(x, pivot, sum, square *float32, rows, xstep int)
	gradSums           func(x, dy, mean, sxdz, sdz *float32, rows, xstep, dystep int)
	gradSumsReLU       func(x, dy, y, mean, sxdz, sdz *float32, rows, xstep, dystep, ystep int)
	gradInput          func(x, dy, dx, a, b, k *float32, rows, xstep, dystep, dxstep int)
	gradInputReLU      func(x, dy, y, dx, a, b, k *float32, rows, xstep, dystep, ystep, dxstep int)
	gradInputAdd       func(add, x, dy, dx, a, b, k *float32, rows, addstep, xstep, dystep, dxstep int)
	gradInputReLUAdd   func(add, x, dy, y, dx, a, b, k *float32, rows, addstep, xstep, dystep, ystep, dxstep int)
}

// columnRows is how many rows are walked down before the next block of channels, so
// that pages stay near.
const columnRows = 128

// blocks calls f for the blocks of 16 among c channels of so many rows: the first
// channel and row, and how many rows. It returns the channels that are done.
func (k *columnKernels) blocks(c, rows int, f func(j, row, n int)) (done int) {
	if k == nil {
		return 0
	}
	done = c / lanes * lanes
	for row := 0; row < rows; row += columnRows {
		n := min(columnRows, rows-row)
		for j := 0; j < done; j += lanes {
			f(j, row, n)
		}
	}
	return done
}

// MeasureWide is Measure of the first channels of so many rows.
func (m *Moments) MeasureWide(x Wide, rows int) {
	c := len(m.Mean)
	parts := chunks(rows)
	k := takeWork(Workspace{})
	defer k.release()
	m.begin(k, parts)
	k.parallel(parts, func(s *space, i int) {
		lo, hi := chunk(rows, parts, i)
		x, rows := x.from(lo), hi-lo
		part := m.strips[i*(1+2*c) : (i+1)*(1+2*c)]
		sum := s.sums.get(2 * c)
		clear(sum)
		x.moments(s, sum, rows)
		settle(part, sum, x.Data, rows)
	})
	m.end()
}

// moments adds, for the first channels of so many rows, the differences from the first
// row and their squares to sum [2 c].
func (w Wide) moments(s *space, sum []float64, rows int) {
	c := len(sum) / 2
	pivot := w.row(0, c)
	a, b := s.floats.get(lanes), s.floats.get(lanes)
	done := unit.columns().blocks(c, rows, func(j, row, n int) {
		unit.columns().moments(&w.Data[row*w.Step+j], &pivot[j], &a[0], &b[0], n, 4*w.Step)
		addSums(sum, a, b, j)
	})
	for r := 0; r < rows && done < c; r++ {
		for j, v := range w.row(r, c)[done:] {
			d := float64(v) - float64(pivot[done+j])
			sum[done+j] += d
			sum[c+done+j] += d * d
		}
	}
}

// addSums adds the sums of a block of channels to sum [2 c].
func addSums(sum []float64, a, b []float32, j int) {
	c := len(sum) / 2
	for i, v := range a {
		sum[j+i] += float64(v)
		sum[c+j+i] += float64(b[i])
	}
}

// AffineWide is Affine, without a shortcut, of the first channels of x.
func AffineWide(y []float32, x Wide, scale, shift []float32, a Activation) {
	c := len(scale)
	parallelRows(len(y)/c, c, func(lo, hi int) { affineRows(y[lo*c:hi*c], x.from(lo), scale, shift, a == RectifiedLinear) })
	a.after(y)
}

// affineRows is AffineWide of a part that one task has, with ReLU or without.
func affineRows(y []float32, x Wide, scale, shift []float32, relu bool) {
	c := len(scale)
	rows := len(y) / c
	done := unit.columns().blocks(c, rows, func(j, row, n int) {
		f := unit.columns().affine
		if relu {
			f = unit.columns().affineReLU
		}
		f(&x.Data[row*x.Step+j], &y[row*c+j], &scale[j], &shift[j], n, 4*x.Step, 4*c)
	})
	for r := 0; r < rows && done < c; r++ {
		out := y[r*c : (r+1)*c]
		for j, v := range x.row(r, c)[done:] {
			v = v*scale[done+j] + shift[done+j]
			if relu {
				v = max(v, 0)
			}
			out[done+j] = v
		}
	}
}

// AffineGradSumsWide is AffineGradSums, which stores nothing, of the first channels of
// x.
func AffineGradSumsWide(dscale, dshift, dy, y []float32, x Wide, mean, invstd []float64) {
	c := len(dscale)
	w := takeWork(Workspace{})
	defer w.release()
	center := w.floats.get(c)
	for j, m := range mean {
		center[j] = float32(m)
	}
	channelSums(len(dy)/c, c, 2, func(s *space, lo, hi int, sum []float64) {
		x, dy, rows := x.from(lo), dy[lo*c:hi*c], hi-lo
		a, b := s.floats.get(lanes), s.floats.get(lanes)
		done := unit.columns().blocks(c, rows, func(j, row, n int) {
			from := &x.Data[row*x.Step+j]
			if y == nil {
				unit.columns().gradSums(from, &dy[row*c+j], &center[j], &a[0], &b[0], n, 4*x.Step, 4*c)
			} else {
				unit.columns().gradSumsReLU(from, &dy[row*c+j], &y[(lo+row)*c+j], &center[j], &a[0], &b[0], n, 4*x.Step, 4*c, 4*c)
			}
			addSums(sum, a, b, j)
		})
		for r := range rows {
			g := dy[r*c : (r+1)*c]
			for j, v := range x.row(r, c)[done:] {
				j += done
				if y != nil && !(y[(lo+r)*c+j] > 0) {
					continue
				}
				sum[j] += float64(g[j]) * float64(v-center[j])
				sum[c+j] += float64(g[j])
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

// AffineGradInputWide computes dx = a*dz + b*x + k + add for the first channels of dx,
// x and add; nothing is added where add has no data. dx may lie where add does.
func AffineGradInputWide(dx, add Wide, dy, y []float32, x Wide, a, b, k []float32) {
	c := len(a)
	parallelRows(len(dy)/c, c, func(lo, hi int) {
		x, dx, dy, rows := x.from(lo), dx.from(lo), dy[lo*c:hi*c], hi-lo
		add := add
		if add.Data != nil {
			add = add.from(lo)
		}
		done := unit.columns().blocks(c, rows, func(j, row, n int) {
			in, g, out := &x.Data[row*x.Step+j], &dy[row*c+j], &dx.Data[row*dx.Step+j]
			switch {
			case add.Data != nil && y != nil:
				unit.columns().gradInputReLUAdd(&add.Data[row*add.Step+j], in, g, &y[(lo+row)*c+j], out, &a[j], &b[j], &k[j], n, 4*add.Step, 4*x.Step, 4*c, 4*c, 4*dx.Step)
			case add.Data != nil:
				unit.columns().gradInputAdd(&add.Data[row*add.Step+j], in, g, out, &a[j], &b[j], &k[j], n, 4*add.Step, 4*x.Step, 4*c, 4*dx.Step)
			case y != nil:
				unit.columns().gradInputReLU(in, g, &y[(lo+row)*c+j], out, &a[j], &b[j], &k[j], n, 4*x.Step, 4*c, 4*c, 4*dx.Step)
			default:
				unit.columns().gradInput(in, g, out, &a[j], &b[j], &k[j], n, 4*x.Step, 4*c, 4*dx.Step)
			}
		})
		for r := range rows {
			g, out := dy[r*c:(r+1)*c], dx.row(r, c)
			for j, v := range x.row(r, c)[done:] {
				j += done
				t := k[j] + b[j]*v
				if y == nil || y[(lo+r)*c+j] > 0 {
					t += a[j] * g[j]
				}
				if add.Data != nil {
					t += add.Data[r*add.Step+j]
				}
				out[j] = t
			}
		}
	})
}

// Uneven tells whether rows of so many channels are better taken for Wide ones: their
// number is none that a group of a row's kernels divides.
func Uneven(c int) bool { return unit.uneven(c) }
