package kernel

// Pool is the shape of a pooling: x [N H W C] gives y [N OH OW C]. Padding counts
// as minus infinity.
type Pool struct {
	N, H, W, C int
	Size       int
	Stride     int
	Pad        int
	Ceil       bool // sizes are rounded up, to windows that reach beyond the padding
	OH, OW     int  // output, set by Resolve
}

// Resolve returns p with its output size filled in.
func (p Pool) Resolve() Pool {
	p.OH, p.OW = p.outSize(p.H), p.outSize(p.W)
	return p
}

// outSize is the number of windows along n places. The last one has to begin before
// the padding behind them, as PyTorch has it.
func (p Pool) outSize(n int) int {
	size := outSize(n, p.Size, p.Stride, p.Pad)
	if p.Ceil && size > 0 && (size-1)*p.Stride+p.Size < n+2*p.Pad && size*p.Stride < n+p.Pad {
		size++
	}
	return size
}

// Forward computes y and, for the way back, the place in its image (h*W + w)
// where each maximum was found first, as PyTorch chooses among equals. A NaN
// counts as the largest.
func (p Pool) Forward(y []float32, at []int32, x []float32) {
	parallel(p.N*p.OH, func(s *space, row int) {
		n, oh := row/p.OH, row%p.OH
		image := x[n*p.H*p.W*p.C : (n+1)*p.H*p.W*p.C]
		top, bottom := max(oh*p.Stride-p.Pad, 0), min(oh*p.Stride-p.Pad+p.Size, p.H)
		for ow := range p.OW {
			i := (row*p.OW + ow) * p.C
			left, right := max(ow*p.Stride-p.Pad, 0), min(ow*p.Stride-p.Pad+p.Size, p.W)
			unit.maxPool(s, y[i:i+p.C], at[i:i+p.C], &p, image, top, left, bottom-top, right-left)
		}
	})
}

// taps lists the places of a window relative to its first, and where they are in
// bytes.
func (p Pool) taps(s *space, height, width int) (offsets []int, places []int32) {
	offsets, places = s.ints.get(height*width), s.labels.get(height*width)
	for i := range offsets {
		place := i/width*p.W + i%width
		offsets[i], places[i] = 4*place*p.C, int32(place)
	}
	return offsets, places
}

// Backward adds each dy to the place its maximum came from.
func (p Pool) Backward(dx, dy []float32, at []int32) {
	Parallel(p.N, func(n int) {
		image := dx[n*p.H*p.W*p.C : (n+1)*p.H*p.W*p.C]
		clear(image)
		size := p.OH * p.OW * p.C
		for i, from := range at[n*size : (n+1)*size] {
			image[int(from)*p.C+i%p.C] += dy[n*size+i]
		}
	})
}

// Subsample is the parameter-free shortcut (option A of He et al. 2015, section
// 3.3): every Stride-th pixel of x [N H W C], with zero channels around, gives
// y [N OH OW K]; Before of the added channels come first.
type Subsample struct {
	N, H, W, C int
	K, Before  int
	Stride     int
	OH, OW     int // output, set by Resolve
}

// Resolve returns s with its output size filled in, that of a convolution with
// an odd kernel and padding of half of it.
func (s Subsample) Resolve() Subsample {
	s.OH = outSize(s.H, 1, s.Stride, 0)
	s.OW = outSize(s.W, 1, s.Stride, 0)
	return s
}

// Forward computes y.
func (s Subsample) Forward(y, x []float32) {
	Parallel(s.N*s.OH, func(row int) {
		n, oh := row/s.OH, row%s.OH
		out := y[row*s.OW*s.K : (row+1)*s.OW*s.K]
		if s.K > s.C {
			clear(out)
		}
		unit.copyPixels(out[s.Before:], x[(n*s.H+oh*s.Stride)*s.W*s.C:], s.OW, s.C, s.K, s.Stride*s.C)
	})
}

// Backward computes dx from dy: the gradient where a pixel was taken, zero
// elsewhere.
func (s Subsample) Backward(dx, dy []float32) {
	Parallel(s.N*s.H, func(row int) {
		n, h := row/s.H, row%s.H
		in := dx[row*s.W*s.C : (row+1)*s.W*s.C]
		clear(in)
		if h%s.Stride == 0 {
			unit.copyPixels(in, dy[(n*s.OH+h/s.Stride)*s.OW*s.K+s.Before:], s.OW, s.C, s.Stride*s.C, s.K)
		}
	})
}
