package kernel

// Span is a window of a pooling along one axis: the places [From, To), and the
// number that an average of them divides by.
type Span struct{ From, To, Size int }

// Average is the shape of an average pooling: x [N H W C] gives y [N OH OW C], where
// Rows and Cols are the windows of each row and column of y.
type Average struct {
	N, H, W, C int
	Rows, Cols []Span
}

// Spans are the n windows of size places, every stride, of an axis of length places
// with so much padding before it and as much behind. Unless padding is excluded, it
// counts as zeros; places beyond it do not count.
func Spans(n, length, size, stride, pad int, exclude bool) []Span {
	spans := make([]Span, n)
	for i := range spans {
		from := i*stride - pad
		to := min(from+size, length+pad)
		spans[i] = Span{max(from, 0), min(to, length), to - from}
		if exclude {
			spans[i].Size = spans[i].To - spans[i].From
		}
	}
	return spans
}

// AdaptiveSpans are n windows that cover the axis, the i-th from floor(i length/n) to
// ceil((i+1) length/n).
func AdaptiveSpans(n, length int) []Span {
	spans := make([]Span, n)
	for i := range spans {
		from, to := i*length/n, ((i+1)*length+n-1)/n
		spans[i] = Span{from, to, to - from}
	}
	return spans
}

// Forward computes y, the averages of the windows. That of a window as large as the
// picture has the bits of GlobalMean.
func (a Average) Forward(y, x []float32) {
	oh, ow := len(a.Rows), len(a.Cols)
	parallel(a.N*oh, func(s *space, row int) {
		n, r := row/oh, a.Rows[row%oh]
		for j, q := range a.Cols {
			s.reset()
			sums := newMeans(s, a.C)
			for h := r.From; h < r.To && q.From < q.To; h++ {
				sums.add(x[((n*a.H+h)*a.W+q.From)*a.C:], q.To-q.From, a.C)
			}
			sums.write(y[(row*ow+j)*a.C:], r.Size*q.Size)
		}
	})
}

// Backward spreads each dy evenly over its window of dx.
func (a Average) Backward(dx, dy []float32) {
	oh, ow := len(a.Rows), len(a.Cols)
	parallel(a.N*a.H, func(_ *space, row int) {
		n, h := row/a.H, row%a.H
		line := dx[row*a.W*a.C : (row+1)*a.W*a.C]
		clear(line)
		for i, r := range a.Rows {
			if h < r.From || h >= r.To {
				continue
			}
			for j, q := range a.Cols {
				scale := 1 / float32(r.Size*q.Size)
				g := dy[((n*oh+i)*ow+j)*a.C:][:a.C]
				for w := q.From; w < q.To; w++ {
					out := line[w*a.C:][:len(g)]
					for c, v := range g {
						out[c] += v * scale
					}
				}
			}
		}
	})
}
