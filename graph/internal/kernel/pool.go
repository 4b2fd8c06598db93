package kernel

import "math"

// Pool is the shape of a max pooling: x [N H W C] gives y [N OH OW C]. Padding
// counts as minus infinity.
type Pool struct {
	N, H, W, C int
	Size       int
	Stride     int
	Pad        int
	OH, OW     int // output, set by Resolve
}

// Resolve returns p with its output size filled in, rounded down.
func (p Pool) Resolve() Pool {
	p.OH = outSize(p.H, p.Size, p.Stride, p.Pad)
	p.OW = outSize(p.W, p.Size, p.Stride, p.Pad)
	return p
}

// Forward computes y and, for the way back, the place in its image (h*W + w)
// where each maximum was found first, as PyTorch chooses among equals. A NaN
// counts as the largest.
func (p Pool) Forward(y []float32, at []int32, x []float32) {
	Parallel(p.N*p.OH, func(row int) {
		n, oh := row/p.OH, row%p.OH
		image := x[n*p.H*p.W*p.C : (n+1)*p.H*p.W*p.C]
		for ow := range p.OW {
			i := (row*p.OW + ow) * p.C
			best, from := y[i:i+p.C], at[i:i+p.C]
			for c := range best {
				best[c], from[c] = float32(math.Inf(-1)), -1
			}
			for h := max(oh*p.Stride-p.Pad, 0); h < min(oh*p.Stride-p.Pad+p.Size, p.H); h++ {
				for w := max(ow*p.Stride-p.Pad, 0); w < min(ow*p.Stride-p.Pad+p.Size, p.W); w++ {
					place := h*p.W + w
					for c, v := range image[place*p.C : (place+1)*p.C] {
						if v > best[c] || from[c] < 0 || v != v {
							best[c], from[c] = v, int32(place)
						}
					}
				}
			}
		}
	})
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

// GlobalMean computes y [N C], the mean of each channel of x [N pixels C].
func GlobalMean(y, x []float32, n, c int) {
	pixels := len(x) / (n * c)
	Parallel(n, func(i int) {
		buf := doubles.get(c)
		defer doubles.put(buf)
		sum := *buf
		clear(sum)
		for k := i * pixels * c; k < (i+1)*pixels*c; k += c {
			for j, v := range x[k : k+c] {
				sum[j] += float64(v)
			}
		}
		for j, v := range sum {
			y[i*c+j] = float32(v / float64(pixels))
		}
	})
}

// GlobalMeanGrad spreads dy [N C] evenly over dx [N pixels C].
func GlobalMeanGrad(dx, dy []float32, n, c int) {
	pixels := len(dx) / (n * c)
	scale := 1 / float32(pixels)
	Parallel(n, func(i int) {
		g := dy[i*c : (i+1)*c]
		for k := i * pixels * c; k < (i+1)*pixels*c; k += c {
			for j, v := range g {
				dx[k+j] = v * scale
			}
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
		for ow := range s.OW {
			out := y[(row*s.OW+ow)*s.K : (row*s.OW+ow+1)*s.K]
			in := ((n*s.H+oh*s.Stride)*s.W + ow*s.Stride) * s.C
			clear(out[:s.Before])
			copy(out[s.Before:], x[in:in+s.C])
			clear(out[s.Before+s.C:])
		}
	})
}

// Backward computes dx from dy: the gradient where a pixel was taken, zero
// elsewhere.
func (s Subsample) Backward(dx, dy []float32) {
	Parallel(s.N*s.H, func(row int) {
		n, h := row/s.H, row%s.H
		clear(dx[row*s.W*s.C : (row+1)*s.W*s.C])
		if h%s.Stride != 0 {
			return
		}
		for ow := range s.OW {
			out := ((n*s.OH+h/s.Stride)*s.OW+ow)*s.K + s.Before
			in := (row*s.W + ow*s.Stride) * s.C
			copy(dx[in:in+s.C], dy[out:out+s.C])
		}
	})
}
