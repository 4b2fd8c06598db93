package kernel

// Tap is where a value of a resampled axis comes from: the place, and its weight.
type Tap struct {
	At     int
	Weight float32
}

// Resample is the shape of a change of the size of pictures: x [N H W C] gives
// y [N OH OW C], each pixel the sum over the taps of its row and of its column.
type Resample struct {
	N, H, W, C int
	Rows, Cols [][]Tap // of each row and column of y
}

// NearestTaps are those of n places of an axis of length places: the i-th is
// floor(i length/n), in float32 as PyTorch computes it.
func NearestTaps(n, length int) [][]Tap {
	taps, scale := make([][]Tap, n), float32(length)/float32(n)
	for i := range taps {
		taps[i] = []Tap{{min(int(float32(i)*scale), length-1), 1}}
	}
	return taps
}

// LinearTaps interpolate between two places. With aligned corners the first and the
// last place stay where they are, otherwise the edges of the axis do.
func LinearTaps(n, length int, corners bool) [][]Tap {
	taps := make([][]Tap, n)
	for i := range taps {
		at := 0.0
		switch {
		case corners && n > 1:
			at = float64(i) * float64(length-1) / float64(n-1)
		case !corners:
			at = max((float64(i)+0.5)*float64(length)/float64(n)-0.5, 0)
		}
		j := min(int(at), length-1)
		if f := at - float64(j); f > 0 && j+1 < length {
			taps[i] = []Tap{{j, float32(1 - f)}, {j + 1, float32(f)}}
		} else {
			taps[i] = []Tap{{j, 1}}
		}
	}
	return taps
}

// Forward computes y.
func (r Resample) Forward(y, x []float32) { apply(y, x, r.N, r.H, r.W, r.C, r.Rows, r.Cols) }

// Backward computes dx from dy: the same with every tap turned round.
func (r Resample) Backward(dx, dy []float32) {
	apply(dx, dy, r.N, len(r.Rows), len(r.Cols), r.C, turned(r.Rows, r.H), turned(r.Cols, r.W))
}

// turned are the taps of an axis of n places, the other way round.
func turned(taps [][]Tap, n int) [][]Tap {
	out := make([][]Tap, n)
	for i, of := range taps {
		for _, t := range of {
			out[t.At] = append(out[t.At], Tap{i, t.Weight})
		}
	}
	return out
}

func apply(y, x []float32, n, h, w, c int, rows, cols [][]Tap) {
	oh, ow := len(rows), len(cols)
	parallel(n*oh, func(_ *space, row int) {
		image := x[row/oh*h*w*c : (row/oh+1)*h*w*c]
		for j, q := range cols {
			out := y[(row*ow+j)*c:][:c]
			clear(out)
			for _, r := range rows[row%oh] {
				for _, s := range q {
					weight := r.Weight * s.Weight
					for i, v := range image[(r.At*w+s.At)*c:][:len(out)] {
						out[i] += weight * v
					}
				}
			}
		}
	})
}
