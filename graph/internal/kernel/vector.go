package kernel

// vectorUnit is a processor's vector instructions at work on blocks of 16
// channels.
type vectorUnit struct {
	name string
	// conv[blocks-1][n] computes blocks of 16 output channels for runs of n pixels;
	// grad[n] adds to n rows of 16 weight gradients. See the generator for what they
	// and the others do exactly.
	conv [][]tileFunc
	grad []func(dw, x, dy *float32, rows, cols, dwstep, xstep, xrow, dystep, dyrow int)

	// depth[n] computes 16 channels of a depthwise convolution for runs of n pixels;
	// depthGrad[n] adds to the weight gradients of n taps.
	depth     []func(y, x, w, bias, add *float32, places *int, runs int, offsets *int, taps, step, ystep, relu int)
	depthGrad []func(dw, x, dy *float32, rows, cols, xtap, xstep, xrow int)

	maxPool    func(y *float32, at *int32, x *float32, offsets *int, places *int32, base, taps, blocks int)
	copyBlocks func(dst, src *float32, pixels, blocks, dpixel, dblock, spixel int)

	peak func(rounds int) // rounds of 12 multiply-adds of width floats each

	width int // floats of a register

	winogradInput       func(v, x0, x1, x2, x3 *float32, tiles, xpixel, vpos, vtile int)
	winogradOutput      func(y0, y1, m, bias, add0, add1, floor *float32, tiles, ypixel, mpos, mtile int)
	winogradWeights     func(v, w *float32, n, tap, next, vpos, vnext int)
	winogradGrad        func(d, y0, y1 *float32, tiles, ypixel, dpos, dtile int)
	winogradWeightsGrad func(w, u *float32, n, upos, unext, tap, next int)

	// The rest walks down rows of one group of channels, stride bytes apart.
	group                    int // floats
	moments                  func(x, pivot, sum, square *float32, rows, stride int)
	gradSums                 func(x, dy, mean, sxdz, sdz *float32, rows, stride int)
	gradSumsReLU             func(x, dy, y, mean, sxdz, sdz *float32, rows, stride int)
	gradSumsStore            func(x, dy, y, mean, sxdz, sdz, dz *float32, rows, stride int)
	gradInput                func(x, dy, a, b, k, dx *float32, rows, stride int)
	gradInputReLU            func(x, dy, y, a, b, k, dx *float32, rows, stride int)
	affine, affineReLU       func(x, scale, shift, y *float32, rows, stride int)
	affineAdd, affineAddReLU func(x, shortcut, scale, shift, y *float32, rows, stride int)
	relu                     func(x, y *float32, rows, stride int)
	reluGrad                 func(dy, y, dx *float32, rows, stride int)
	add, addReLU             func(x, y, z *float32, rows, stride int)
	sgd                      func(w, v, grad *float32, rate, momentum, decay float32, groups, nesterov int)
	adam                     func(w, m, v, grad *float32, first, second, rest, root, epsilon, rate, decay, kept float32, registers int)

	columns   columnKernels
	functions *functionUnit
}

type tileFunc = func(y, x, w, bias, add, ahead *float32, places *int, runs int, offsets *int, segments, length, wblock, step, ystep, yblock, relu int)

// lanes is the number of channels of a block.
const lanes = 16

// roundUp is n rounded up to whole blocks.
func roundUp(n int) int { return (n + lanes - 1) / lanes * lanes }

// split cuts n into parts of one size, at most limit: the size, and how many.
// Where they cannot be equal the last ones overlap.
func split(n, limit int) (size, parts int) {
	parts = (n + limit - 1) / limit
	size = (n + parts - 1) / parts
	for p := parts + 1; p <= parts+parts/2+1 && size > 3; p++ {
		if s := (n + p - 1) / p; s*p < size*parts {
			size, parts = s, p
		}
	}
	return size, parts
}

// fits tells whether rows of c channels can be walked in groups: several rows
// make a group, or several groups a row.
func (u *vectorUnit) fits(c int) bool { return u.group%c == 0 || c%u.group == 0 }

// walk calls f for each group of so many rows of c channels: the first float, the
// channel that it belongs to, and how often the group repeats at what stride in
// bytes. It returns how many floats were visited, less than a group being left; 0
// if the channels do not fit.
func (u *vectorUnit) walk(c, n int, f func(at, channel, rows, stride int)) (done int) {
	if !u.fits(c) || n == 0 {
		return 0
	}
	if c >= u.group {
		for j := 0; j < c; j += u.group {
			f(j, j, n, 4*c)
		}
		return n * c
	}
	rows := n * c / u.group
	if rows > 0 {
		f(0, 0, rows, 4*u.group)
	}
	return rows * u.group
}

// sumRows is how many rows are added up in float32 before the sums go on in
// float64.
const sumRows = 256

// sums is walk for two sums per channel, added to sum [2 c].
func (u *vectorUnit) sums(s *space, c, n int, sum []float64, f func(at, channel int, a, b *float32, rows, stride int)) (done int) {
	if !u.fits(c) {
		return 0
	}
	a, b := s.floats.get(u.group), s.floats.get(u.group)
	return u.walk(c, n, func(at, channel, rows, stride int) {
		for i := 0; i < rows; i += sumRows {
			f(at+i*stride/4, channel, &a[0], &b[0], min(sumRows, rows-i), stride)
			for j := range u.group {
				k := (channel + j) % c
				sum[k] += float64(a[j])
				sum[c+k] += float64(b[j])
			}
		}
	})
}

// flat calls f for the first of n floats, in rows of a group each, and returns
// where the rest begins.
func (u *vectorUnit) flat(n int, f func(rows, stride int)) (done int) {
	rows := n / u.group
	if rows > 0 {
		f(rows, 4*u.group)
	}
	return rows * u.group
}
