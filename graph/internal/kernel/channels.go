package kernel

// Pictures [N pixels c] and one value for each channel of each picture [N c], as
// squeeze and excitation has them.

// ScaleChannels computes y = x*s for x [N pixels c] and s [N c]; y may lie where x does.
func ScaleChannels(y, x, s []float32, c int) {
	f, size := functions(), len(x)/(len(s)/c)
	ranges(len(x), c, func(space *space, lo, hi int) {
		for ; lo < hi; lo += c {
			space.reset()
			f.over2(space, x[lo:lo+c], s[lo/size*c:(lo/size+1)*c], y[lo:lo+c], f.mul)
		}
	})
}

// ScaleChannelsFactorGrad computes ds [N c], the sums over pixels of dy*x.
func ScaleChannelsFactorGrad(ds, dy, x []float32, c int) {
	f, pixels := functions(), len(x)/len(ds)
	eachShare(len(ds)/c, c, func(s *space, n, first, last int) {
		sum := s.sums.get(last - first)
		clear(sum)
		at := n*pixels*c + first
		f.productSums(s, sum, dy[at:], x[at:], pixels, c)
		for j, v := range sum {
			ds[n*c+first+j] = float32(v)
		}
	})
}

// GlobalMean computes y [N c], the mean of each channel of x [N pixels c].
func GlobalMean(y, x []float32, n, c int) {
	pixels := len(x) / (n * c)
	eachShare(n, c, func(s *space, i, first, last int) {
		sums := newMeans(s, last-first)
		sums.add(x[i*pixels*c+first:], pixels, c)
		sums.write(y[i*c+first:i*c+last], pixels)
	})
}

// GlobalMeanGrad spreads dy [N c] evenly over dx [N pixels c].
func GlobalMeanGrad(dx, dy []float32, n, c int) {
	f, size := functions(), len(dx)/n
	scale := 1 / float32(size/c)
	ranges(len(dx), c, func(s *space, lo, hi int) {
		g := s.floats.get(c)
		for at := -1; lo < hi; lo += c {
			if i := lo / size; i != at {
				at = i
				whole := f.whole(c)
				f.scale(dy[i*c:i*c+whole], g[:whole], scale)
				for j := whole; j < c; j++ {
					g[j] = dy[i*c+j] * scale
				}
			}
			copy(dx[lo:lo+c], g)
		}
	})
}

// eachShare calls task for shares [first, last) of the channels of each of n pictures:
// of all of them where there are many pictures.
func eachShare(n, c int, task func(s *space, i, first, last int)) {
	const least = 64 // channels, a multiple of every register's
	shares := max(min(fewTasks/n, c/least), 1)
	blocks := (c + least - 1) / least
	parallel(n*shares, func(s *space, i int) {
		first, last := chunk(blocks, shares, i%shares)
		task(s, i/shares, first*least, min(last*least, c))
	})
}

// rowSums adds up rows: so many at a time in float32, and those sums in float64.
type rowSums struct {
	f    *functionUnit
	part []float32
	sum  []float64
	rows int // in part
}

// add adds a row.
func (r *rowSums) add(row []float32) {
	if r.rows == 0 {
		copy(r.part, row)
		r.rows = 1
		return
	}
	n := r.f.whole(len(row))
	r.f.add(r.part[:n], row[:n], r.part[:n])
	for j := n; j < len(row); j++ {
		r.part[j] += row[j]
	}
	if r.rows++; r.rows == sumRows {
		r.end()
	}
}

// end settles the sums.
func (r *rowSums) end() {
	if r.rows > 0 {
		for j, v := range r.part {
			r.sum[j] += float64(v)
		}
		r.rows = 0
	}
}

// means adds up rows of which the mean is wanted, in float64.
type means []float64

func newMeans(s *space, c int) means {
	sums := s.sums.get(c)
	clear(sums)
	return sums
}

// meanRows is how many rows are added up at once, which stay in the caches then.
const meanRows = 64

// add adds so many rows, stride floats apart.
func (m means) add(x []float32, rows, stride int) {
	f := functions()
	columns := f.whole(len(m))
	for r := 0; r < rows; r += meanRows {
		n, at := min(meanRows, rows-r), r*stride
		for j := 0; j < columns; j += f.width {
			f.columnSums(&m[j], &x[at+j], n, 4*stride)
		}
		if columns == len(m) {
			continue
		}
		for ; n > 0; n-- {
			for j, v := range x[at+columns : at+len(m)] {
				m[columns+j] += float64(v)
			}
			at += stride
		}
	}
}

// write writes the means, where so many rows count.
func (m means) write(y []float32, rows int) {
	for j, v := range m {
		y[j] = float32(v / float64(rows))
	}
}

// productRows is how many products are added up in float32.
const productRows = 32

// productSums adds dy*x of so many rows, stride floats apart, to the sums of their
// channels.
func (f *functionUnit) productSums(s *space, sum []float64, dy, x []float32, rows, stride int) {
	w := 2 * f.width
	along, straight, zeros, ones := s.floats.get(w), s.floats.get(w), s.floats.get(productRows), s.floats.get(productRows)
	for i := range ones {
		zeros[i], ones[i] = 0, 1
	}
	c := len(sum)
	columns := c - c%w
	for r := 0; r < rows; r += productRows {
		n, at := min(productRows, rows-r), r*stride
		for j := 0; j < columns; j += w {
			f.normColumns(x[at+j:], dy[at+j:], zeros[:n], ones[:n], along, straight, stride)
			for k, v := range along {
				sum[j+k] += float64(v)
			}
		}
		for ; n > 0; n-- {
			for j := columns; j < c; j++ {
				sum[j] += float64(dy[at+j]) * float64(x[at+j])
			}
			at += stride
		}
	}
}
