package kernel

// correlation is a sliding dot product without im2col, the common form of a
// convolution and of its input gradient. For every image n and output place
// (i, j), i < OH and j < OW,
//
//	y[n, i, j, k] = sum over r, s, c of x[n, i*step+r-top, j*step+s-left, c] * w[r, s, c, k]
//
// where x counts as zero outside the image.
type correlation struct {
	n, h, w, c   int // input [n h w c]
	groups       int
	r, s         int // taps
	top, left    int // negative where rows or columns are left out
	step         int
	oh, ow, k    int // output places and channels
	yimage, yrow int // floats between images and between rows of y
	ypixel       int // and between pixels
}

// stripFloats is how much of the input one task works on: with its weights it
// should stay in the second-level cache.
const stripFloats = 1 << 15

// padded tells whether patches reach over the edge of the image.
func (c correlation) padded() bool {
	return c.top != 0 || c.left != 0 || (c.oh-1)*c.step+c.r > c.h || (c.ow-1)*c.step+c.s > c.w
}

// flat joins the pixels of all images into rows of a length that suits the
// vector unit, where a pixel's output depends on that pixel alone.
func (c correlation) flat(limit int) correlation {
	if c.r != 1 || c.s != 1 || c.step != 1 || c.padded() || c.yrow != c.ow*c.ypixel || c.yimage != c.oh*c.yrow ||
		c.oh != c.h || c.ow != c.w {
		return c
	}
	pixels := c.n * c.h * c.w
	width := limit
	for pixels%width != 0 {
		width--
	}
	c.n, c.h, c.w = 1, pixels/width, width
	c.oh, c.ow, c.yrow = c.h, c.w, width*c.ypixel
	return c
}

// packedLen is the length of weights packed for the correlation.
func (c correlation) packedLen() int {
	return c.groups * roundUp(c.k/c.groups) * c.r * c.s * (c.c / c.groups)
}

// run computes y from x and packed weights: for each group and block of 16
// output channels [r s c/groups 16].
func (c correlation) run(u *vectorUnit, y, x, packed []float32, e epilogue) {
	if c.winograd() {
		weights := buffers.get(c.transformed())
		defer buffers.put(weights)
		c.transform(*weights, packed)
		c.runWinograd(u, y, x, *weights, e)
		return
	}
	c = c.flat(len(u.conv) - 1)
	inRow := c.w * c.c
	rows := min(max(stripFloats/max(inRow*c.step, 1), 1), c.oh)
	strips := (c.oh + rows - 1) / rows
	blocks := c.groups * (roundUp(c.k/c.groups) / lanes)
	// A few images of few strips leave processors idle: share out the channels too.
	shares := 1
	for c.n*strips*shares < 16 && shares*2 <= blocks {
		shares *= 2
	}
	width := c.stripWidth()
	offsets, length := segments(c.r, c.s, c.c, c.c/c.groups, width)
	Parallel(c.n*strips*shares, func(task int) {
		share, strip := task%shares, task/shares
		image, lo := strip/strips, strip%strips*rows
		first, last := chunk(blocks, shares, share)
		e := e
		if e.add != nil {
			e.add = e.add[image*c.yimage:]
		}
		c.strip(u, y[image*c.yimage:], x[image*c.h*inRow:(image+1)*c.h*inRow], packed, e, offsets, length, lo, min(lo+rows, c.oh), first, last)
	})
}

// stripWidth is how many pixels a row of the input has as it is worked on.
func (c correlation) stripWidth() int {
	if c.padded() {
		return (c.ow-1)*c.step + c.s
	}
	return c.w
}

// strip computes output rows [lo, hi) and blocks [first, last) of one image.
func (c correlation) strip(u *vectorUnit, y, x, packed []float32, e epilogue, offsets []int, length, lo, hi, first, last int) {
	in, width := x[min(lo*c.step*c.w*c.c, len(x)):], c.stripWidth()
	if c.padded() {
		buf := buffers.get(((hi-lo-1)*c.step + c.r) * width * c.c)
		defer buffers.put(buf)
		c.pad(*buf, x, lo*c.step-c.top, width)
		in = *buf
	}
	cg, kg := c.c/c.groups, c.k/c.groups
	size, parts := split(c.ow, len(u.conv)-1)
	runs := (hi - lo) * parts
	perGroup := roundUp(kg) / lanes
	depth := c.r * c.s * cg
	// place is where run i starts in the input and in the output.
	place := func(i int) (from, to int) {
		row, col := i/parts, min(i%parts*size, c.ow-size)
		return (row*width + col) * c.step * c.c, (lo+row)*c.yrow + col*c.ypixel
	}
	spill := buffers.get(2 * len(u.conv) * lanes) // of a last block that is not full
	defer buffers.put(spill)
	spill0, spill1 := (*spill)[:len(*spill)/2], (*spill)[len(*spill)/2:]
	for b := first; b < last; b++ {
		g, k := b/perGroup, b%perGroup*lanes
		w := &packed[b*depth*lanes]
		full := kg-k >= lanes
		channel := g*kg + k
		var bias, add0, add1 *float32
		if e.bias != nil {
			bias = &e.bias[b*lanes]
		}
		for i := 0; i < runs; i += u.runs {
			x0, y0 := place(i)
			x1, y1 := place(min(i+u.runs-1, runs-1))
			if full {
				if e.add != nil {
					add0, add1 = &e.add[y0+channel], &e.add[y1+channel]
				}
				u.conv[size](&y[y0+channel], &y[y1+channel], &in[x0+g*cg], &in[x1+g*cg], w, bias, add0, add1,
					&offsets[0], len(offsets), length, 4*c.step*c.c, 4*c.ypixel, e.relu)
				continue
			}
			u.conv[size](&spill0[0], &spill1[0], &in[x0+g*cg], &in[x1+g*cg], w, bias, nil, nil,
				&offsets[0], len(offsets), length, 4*c.step*c.c, 4*lanes, 0)
			for p := range size {
				e.finish(y, spill0[p*lanes:][:kg-k], y0+p*c.ypixel+channel)
				if u.runs == 2 {
					e.finish(y, spill1[p*lanes:][:kg-k], y1+p*c.ypixel+channel)
				}
			}
		}
	}
}

// segments lists, in bytes from a pixel's first channel, where the parts of its
// patch begin that lie together, and their length in floats: a row of the patch,
// or with groups (cg of c channels) a pixel.
func segments(r, s, c, cg, width int) (offsets []int, length int) {
	for i := range r {
		if cg == c {
			offsets = append(offsets, 4*i*width*c)
			continue
		}
		for j := range s {
			offsets = append(offsets, 4*(i*width+j)*c)
		}
	}
	if cg == c {
		return offsets, s * c
	}
	return offsets, cg
}

// pad copies rows from the given one on into dst [rows width c], shifted right by
// left, with zeros where the image has nothing.
func (c correlation) pad(dst, x []float32, from, width int) {
	row := width * c.c
	lo, hi := max(c.left, 0), max(min(c.w+c.left, width), 0)
	for i := 0; i*row < len(dst); i++ {
		d := dst[i*row : (i+1)*row]
		h := from + i
		if h < 0 || h >= c.h || lo >= hi {
			clear(d)
			continue
		}
		clear(d[:lo*c.c])
		copy(d[lo*c.c:hi*c.c], x[(h*c.w+lo-c.left)*c.c:])
		clear(d[hi*c.c:])
	}
}

// forward is the convolution as a correlation.
func (c Conv) forward() correlation {
	return correlation{n: c.N, h: c.H, w: c.W, c: c.C, groups: c.Groups, r: c.R, s: c.S, top: c.Pad, left: c.Pad, step: c.Stride,
		oh: c.OH, ow: c.OW, k: c.K, yimage: c.OH * c.OW * c.K, yrow: c.OW * c.K, ypixel: c.K}
}

func (c Conv) directForward(u *vectorUnit, y, x, w []float32) {
	cor := c.forward()
	packed := buffers.get(cor.packedLen())
	defer buffers.put(packed)
	c.pack(*packed, w, nil)
	cor.run(u, y, x, *packed, epilogue{})
}

// pack lays the weights out for forward correlations, multiplied by a factor for
// each output channel unless scale is nil.
func (c Conv) pack(packed, w, scale []float32) {
	depth, kg := c.depth(), c.K/c.Groups
	perGroup := roundUp(kg) / lanes
	Parallel(c.Groups*perGroup, func(b int) {
		k := b % perGroup * lanes
		n := min(kg-k, lanes)
		dst := packed[b*depth*lanes : (b+1)*depth*lanes]
		channel := b/perGroup*kg + k
		src := w[channel:]
		for i := range depth {
			d := dst[i*lanes : (i+1)*lanes]
			copy(d, src[i*c.K:i*c.K+n])
			clear(d[n:])
			if scale != nil {
				for j, f := range scale[channel : channel+n] {
					d[j] *= f
				}
			}
		}
	})
}

// directBackwardInput is a correlation of dy with the weights turned round. With
// a stride it falls into phases: the rows and columns of dx that lie stride apart
// see the same taps.
func (c Conv) directBackwardInput(u *vectorUnit, dx, dy, w []float32, e epilogue) {
	rows, cols := c.phases(c.R, c.H), c.phases(c.S, c.W)
	for _, p := range append(rows, cols...) {
		if p.taps == 0 {
			clear(dx) // no tap reaches these pixels
			break
		}
	}
	for i, p := range rows {
		for j, q := range cols {
			if p.taps > 0 && q.taps > 0 && p.count > 0 && q.count > 0 {
				c.phase(u, dx[(i*c.W+j)*c.C:], dy, w, p, q, e)
			}
		}
	}
}

// phase is one of the residues of dx's rows or columns modulo the stride: it sees
// taps last, last-stride, ... of the kernel at dy's places i+first, i+first+1, ...
type phase struct{ taps, last, first, count int }

func (c Conv) phases(kernel, n int) []phase {
	out := make([]phase, c.Stride)
	for i := range out {
		p := &out[i]
		p.count = (n - i + c.Stride - 1) / c.Stride
		p.last = -1
		for t := kernel - 1; t >= 0; t-- {
			if (i+c.Pad-t)%c.Stride != 0 {
				continue
			}
			if p.last < 0 {
				p.last, p.first = t, (i+c.Pad-t)/c.Stride
			}
			p.taps++
		}
	}
	return out
}

func (c Conv) phase(u *vectorUnit, dx, dy, w []float32, p, q phase, e epilogue) {
	cor := correlation{n: c.N, h: c.OH, w: c.OW, c: c.K, groups: c.Groups, r: p.taps, s: q.taps, top: -p.first, left: -q.first, step: 1,
		oh: p.count, ow: q.count, k: c.C, yimage: c.H * c.W * c.C, yrow: c.Stride * c.W * c.C, ypixel: c.Stride * c.C}
	packed := buffers.get(cor.packedLen())
	defer buffers.put(packed)
	cg, kg := c.C/c.Groups, c.K/c.Groups
	perGroup := roundUp(cg) / lanes
	depth := p.taps * q.taps * kg
	Parallel(c.Groups*perGroup, func(b int) {
		g, first := b/perGroup, b%perGroup*lanes
		n := min(cg-first, lanes)
		dst := (*packed)[b*depth*lanes : (b+1)*depth*lanes]
		if n < lanes {
			clear(dst)
		}
		for i := range p.taps {
			for j := range q.taps {
				tap := (p.last-i*c.Stride)*c.S + q.last - j*c.Stride
				for l := range n {
					src := w[(tap*cg+first+l)*c.K+g*kg:][:kg]
					for k, v := range src {
						dst[((i*q.taps+j)*kg+k)*lanes+l] = v
					}
				}
			}
		}
	})
	cor.run(u, dx, dy, *packed, e)
}

// gradParts is how many partial sums of the weight gradient are kept, by the
// images: fewer of large ones, for the memory's sake.
func (c Conv) gradParts(size int) int { return min(max(1<<21/size, 2), 16, c.N) }

func (c Conv) directBackwardWeights(u *vectorUnit, dw, x, dy []float32) {
	cor := c.forward()
	kg := c.K / c.Groups
	kp, depth := roundUp(kg), c.depth()
	size := c.Groups * depth * kp
	parts := c.gradParts(size)
	blocks := c.Groups * kp / lanes
	shares := 1
	for parts*shares < 16 && shares*2 <= blocks {
		shares *= 2
	}
	sums := buffers.get(parts * size)
	defer buffers.put(sums)
	clear(*sums)
	rows := min(max(stripFloats/max(c.W*c.C*c.Stride, 1), 1), c.OH)
	offsets, length := segments(c.R, c.S, c.C, c.C/c.Groups, cor.stripWidth())
	Parallel(parts*shares, func(task int) {
		part, share := task/shares, task%shares
		sum := (*sums)[part*size : (part+1)*size]
		first, last := chunk(blocks, shares, share)
		from, to := chunk(c.N, parts, part)
		for n := from; n < to; n++ {
			image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
			grad := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
			for lo := 0; lo < c.OH; lo += rows {
				c.gradStrip(u, cor, sum, image, grad, offsets, length, lo, min(lo+rows, c.OH), first, last)
			}
		}
	})
	if kp == kg && c.Groups == 1 {
		sumParts(dw, *sums, parts)
		return
	}
	for p := 1; p < parts; p++ {
		for i, v := range (*sums)[p*size : (p+1)*size] {
			(*sums)[i] += v
		}
	}
	for g := range c.Groups {
		for i := range depth {
			copy(dw[i*c.K+g*kg:][:kg], (*sums)[(g*depth+i)*kp:])
		}
	}
}

// gradStrip adds the share of output rows [lo, hi) of one image to the blocks
// [first, last) of sum [groups depth kp].
func (c Conv) gradStrip(u *vectorUnit, cor correlation, sum, x, dy []float32, offsets []int, length, lo, hi, first, last int) {
	in, width := x[min(lo*c.Stride*c.W*c.C, len(x)):], cor.stripWidth()
	if cor.padded() {
		buf := buffers.get(((hi-lo-1)*c.Stride + c.R) * width * c.C)
		defer buffers.put(buf)
		cor.pad(*buf, x, lo*c.Stride-c.Pad, width)
		in = *buf
	}
	cg, kg := c.C/c.Groups, c.K/c.Groups
	kp, depth := roundUp(kg), c.depth()
	grad, pixel := dy[lo*c.OW*c.K:], c.K
	if kp != kg { // blocks that are not full need their dy filled up with zeros
		buf := buffers.get((hi - lo) * c.OW * c.Groups * kp)
		defer buffers.put(buf)
		for i := range (hi - lo) * c.OW * c.Groups {
			d := (*buf)[i*kp : (i+1)*kp]
			copy(d, grad[i*kg:(i+1)*kg])
			clear(d[kg:])
		}
		grad, pixel = *buf, c.Groups*kp
	}
	limit := len(u.grad) - 1
	pieces := (length + limit - 1) / limit
	for b := first; b < last; b++ {
		g, k := b*lanes/kp, b*lanes%kp
		for i, offset := range offsets {
			for piece := range pieces {
				from, to := chunk(length, pieces, piece)
				u.grad[to-from](&sum[(g*depth+i*length+from)*kp+k], &in[offset/4+g*cg+from], &grad[g*kp+k],
					hi-lo, c.OW, 4*kp, 4*c.Stride*c.C, 4*c.Stride*width*c.C, 4*pixel, 4*c.OW*pixel)
			}
		}
	}
}
