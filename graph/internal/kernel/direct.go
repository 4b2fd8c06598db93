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

	// What run works on, kept here so that tasks share one pointer.
	y, x, weights []float32
	epilogue      epilogue
}

// stripFloats is how much of the input one task works on: with its weights it
// should stay in the second-level cache.
const stripFloats = 1 << 15

// padded tells whether patches reach over the edge of the image.
func (c *correlation) padded() bool {
	return c.top != 0 || c.left != 0 || (c.oh-1)*c.step+c.r > c.h || (c.ow-1)*c.step+c.s > c.w
}

// packedLen is the length of weights packed for the correlation.
func (c *correlation) packedLen() int {
	return c.groups * roundUp(c.k/c.groups) * c.r * c.s * (c.c / c.groups)
}

// flat tells whether a pixel's output depends on that pixel alone and the pixels
// of all images lie together.
func (c *correlation) flat() bool {
	return c.r == 1 && c.s == 1 && c.step == 1 && !c.padded() && c.yrow == c.ow*c.ypixel && c.yimage == c.oh*c.yrow &&
		c.oh == c.h && c.ow == c.w
}

// leastPixels is how many pixels one task works on at least, where there are as
// many: each weight that comes from the second-level cache is used for all of them.
const leastPixels = 56

// fewTasks is how many tasks are enough for all processors.
const fewTasks = 16

// run computes y from x and packed weights: for each group and block of 16
// output channels [r s c/groups 16].
func (c *correlation) run(u *vectorUnit, y, x, packed []float32, e epilogue) {
	if c.winograd() {
		weights := buffers.get(c.transformed())
		defer buffers.put(weights)
		c.transform(u, *weights, packed, c.c*lanes, lanes, 9*c.c*lanes)
		c.runWinograd(u, y, x, *weights, e)
		return
	}
	c.y, c.x, c.weights, c.epilogue = y, x, packed, e
	if c.flat() {
		c.w *= c.n * c.h
		c.n, c.h, c.oh, c.ow = 1, 1, 1, c.w
		c.yrow = c.ow * c.ypixel
		c.yimage = c.yrow
	}
	// A task has whole rows, or part of a row where all pixels make one.
	rows, cols := 1, c.ow
	if c.flat() {
		cols = min(max(stripFloats/(c.c+c.k), leastPixels), c.ow)
	} else {
		rows = min(max(stripFloats/max(c.w*c.c*c.step, 1), (leastPixels+c.ow-1)/c.ow), c.oh)
	}
	strips, parts := (c.oh+rows-1)/rows, (c.ow+cols-1)/cols
	pairs := (c.groups*roundUp(c.k/c.groups)/lanes + 1) / 2
	// A few images of few strips leave processors idle: share out the channels too.
	shares := 1
	for c.n*strips*parts*shares < fewTasks && shares*2 <= pairs {
		shares *= 2
	}
	if e.moments != nil && shares == 1 {
		e.moments.begin(c.n * strips * parts)
	}
	parallel(c.n*strips*parts*shares, func(s *space, task int) {
		c, strip := *c, task // a copy of the task's own
		y, x, e := c.y, c.x, c.epilogue
		first, last := chunk(pairs, shares, task%shares)
		task /= shares
		if parts > 1 {
			at := task * cols
			c.w = min(cols, c.ow-at)
			c.ow = c.w
			c.strip(u, s, y[at*c.ypixel:], x[at*c.c:], c.weights, e.from(at*c.ypixel), 0, 1, 2*first, 2*last)
			e.measure(s, strip, shares, y, at*c.ypixel, (at+c.ow)*c.ypixel)
			return
		}
		image, lo := task/strips, task%strips*rows
		size := c.h * c.w * c.c
		hi := min(lo+rows, c.oh)
		c.strip(u, s, y[image*c.yimage:], x[image*size:(image+1)*size], c.weights, e.from(image*c.yimage), lo, hi, 2*first, 2*last)
		e.measure(s, strip, shares, y, image*c.yimage+lo*c.yrow, image*c.yimage+hi*c.yrow)
	})
	switch {
	case e.moments != nil && shares == 1:
		e.moments.end()
	case e.moments != nil:
		e.moments.Measure(y)
	}
}

// stripWidth is how many pixels a row of the input has as it is worked on.
func (c *correlation) stripWidth() int {
	if c.padded() {
		return (c.ow-1)*c.step + c.s
	}
	return c.w
}

// strip computes output rows [lo, hi) and blocks [first, last) of one image.
func (c *correlation) strip(u *vectorUnit, s *space, y, x, packed []float32, e epilogue, lo, hi, first, last int) {
	in, width, height := x[min(lo*c.step*c.w*c.c, len(x)):], c.stripWidth(), (hi-lo-1)*c.step+c.r
	pixel, panels := c.c, 0 // floats from a pixel to the next
	switch {
	case c.groups == 1 && c.c%lanes == 0 && c.padded():
		pixel, panels = lanes, c.c/lanes
		in = s.floats.get(panelSpan(height*width) * c.c)
		c.panels(u, in, x, lo*c.step-c.top, height, width, panels)
	case c.padded():
		in = s.floats.get(height * width * c.c)
		c.pad(in, x, lo*c.step-c.top, width)
	}
	cg, kg := c.c/c.groups, c.k/c.groups
	perGroup := roundUp(kg) / lanes
	last = min(last, c.groups*perGroup)
	segments, length := c.segments(s, width, height, panels)
	limit := len(u.conv[0]) - 1
	if last-first > 1 && len(u.conv) > 1 {
		limit = len(u.conv[1]) - 1
	}
	size, parts := split(c.ow, limit)
	runs := (hi - lo) * parts
	places := s.ints.get(2 * runs)
	for i := range runs {
		row, col := i/parts, min(i%parts*size, c.ow-size)
		places[2*i] = 4 * (row*width + col) * c.step * pixel
		places[2*i+1] = 4 * ((lo+row)*c.yrow + col*c.ypixel)
	}
	depth := c.r * c.s * cg
	for b := first; b < last; b++ {
		g, k := b/perGroup, b%perGroup*lanes
		channel := g*kg + k
		w, from := &packed[b*depth*lanes], &in[g*cg]
		blocks := 1
		if len(u.conv) > 1 && b+1 < last && kg-k >= 2*lanes {
			blocks = 2
		}
		if kg-k >= lanes {
			bias, add := e.block(b, channel)
			u.conv[blocks-1][size](&y[channel], from, w, bias, add, nil, &places[0], runs, &segments[0], len(segments), length,
				4*depth*lanes, 4*c.step*pixel, 4*c.ypixel, 4*lanes, e.relu)
			b += blocks - 1
			continue
		}
		c.spill(u, s, y[channel:], from, w, e.from(channel), b, kg-k, size, places, segments, length, 4*c.step*pixel)
	}
}

// spill is strip for a block of n channels, fewer than 16.
func (c *correlation) spill(u *vectorUnit, s *space, y []float32, x, w *float32, e epilogue, b, n, size int, places, segments []int, length, step int) {
	buf, place := s.floats.get(size*lanes), s.ints.get(2)
	bias, _ := e.block(b, 0)
	for i := 0; i < len(places); i += 2 {
		place[0], place[1] = places[i], 0
		u.conv[0][size](&buf[0], x, w, bias, nil, nil, &place[0], 1, &segments[0], len(segments), length, 0, step, 4*lanes, 0, 0)
		for p := range size {
			e.finish(y, buf[p*lanes:][:n], places[i+1]/4+p*c.ypixel)
		}
	}
}

// segments lists, in bytes from a pixel's first channel, where the parts of its
// patch begin that lie together, and their length in floats: a row of the patch,
// with groups a pixel, and where the input lies in panels (0 means that it does not)
// 16 channels of a pixel.
func (c *correlation) segments(s *space, width, height, panels int) (offsets []int, length int) {
	pixel := c.c
	switch {
	case panels > 0:
		pixel, length = lanes, lanes
	case c.groups > 1:
		panels, length = 1, c.c/c.groups
	default:
		offsets = s.ints.get(c.r)
		for i := range offsets {
			offsets[i] = 4 * i * width * c.c
		}
		return offsets, c.s * c.c
	}
	offsets = s.ints.get(c.r * c.s * panels)
	for i := range offsets {
		tap, panel := i/panels, i%panels
		offsets[i] = 4 * pixel * (panel*panelSpan(height*width) + tap/c.s*width + tap%c.s)
	}
	return offsets, length
}

// panelSpan is how many pixels a panel has room for: an odd number, so that the
// panels of a pixel fall on different sets of the first-level cache.
func panelSpan(pixels int) int { return pixels | 1 }

// panels copies the first channels of rows from the given one on into panels
// [panels height width 16], shifted right by left, with zeros where the image has
// nothing: pixels lie close together for the 16 channels that are at work.
func (c *correlation) panels(u *vectorUnit, dst, x []float32, from, height, width, panels int) {
	lo, hi := max(c.left, 0), max(min(c.w+c.left, width), 0)
	panel := panelSpan(height*width) * lanes
	if lo == 0 && width == c.w && from >= 0 && from+height <= c.h { // rows without a gap
		width *= height
		hi, height = width, 1
		x = x[from*c.w*c.c:]
		from = 0
	}
	for i := range height {
		h := from + i
		outside := h < 0 || h >= c.h || lo >= hi
		if outside || lo > 0 || hi < width {
			for p := range panels {
				d := dst[p*panel+i*width*lanes:][:width*lanes]
				if outside {
					clear(d)
					continue
				}
				clear(d[:lo*lanes])
				clear(d[hi*lanes:])
			}
		}
		if outside {
			continue
		}
		u.copyBlocks(&dst[(i*width+lo)*lanes], &x[(h*c.w+lo-c.left)*c.c], hi-lo, panels, 4*lanes, 4*panel, 4*c.c)
	}
}

// pad copies rows from the given one on into dst [rows width c], shifted right by
// left, with zeros where the image has nothing.
func (c *correlation) pad(dst, x []float32, from, width int) {
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

func (c Conv) directForward(u *vectorUnit, y, x, w []float32, m *Moments) {
	s := spaces.get()
	defer spaces.put(s)
	cor := s.correlation(c.forward())
	if cor.winograd() {
		weights := buffers.get(cor.transformed())
		defer buffers.put(weights)
		cor.transform(u, *weights, w, c.C*c.K, c.K, lanes)
		cor.runWinograd(u, y, x, *weights, epilogue{moments: m})
		return
	}
	packed := buffers.get(cor.packedLen())
	defer buffers.put(packed)
	c.pack(u, *packed, w, nil)
	cor.run(u, y, x, *packed, epilogue{moments: m})
}

// pack lays the weights out for forward correlations, multiplied by a factor for
// each output channel unless scale is nil.
func (c Conv) pack(u *vectorUnit, packed, w, scale []float32) {
	depth, kg := c.depth(), c.K/c.Groups
	perGroup := roundUp(kg) / lanes
	parallel(c.Groups*perGroup, func(_ *space, b int) {
		k := b % perGroup * lanes
		n := min(kg-k, lanes)
		dst := packed[b*depth*lanes : (b+1)*depth*lanes]
		channel := b/perGroup*kg + k
		src := w[channel:]
		if n == lanes && scale == nil {
			u.copyBlocks(&dst[0], &src[0], depth, 1, 4*lanes, 0, 4*c.K)
			return
		}
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
	if c.Stride > min(c.R, c.S) {
		clear(dx) // no tap reaches some of the pixels
	}
	for i := range c.Stride {
		for j := range c.Stride {
			p, q := c.residue(i, c.R, c.H), c.residue(j, c.S, c.W)
			if p.taps > 0 && q.taps > 0 && p.count > 0 && q.count > 0 {
				c.phase(u, dx[(i*c.W+j)*c.C:], dy, w, p, q, e)
			}
		}
	}
}

// phase is one of the residues of dx's rows or columns modulo the stride: it sees
// taps last, last-stride, ... of the kernel at dy's places i+first, i+first+1, ...
type phase struct{ taps, last, first, count int }

// residue is the phase of n rows or columns from i on.
func (c Conv) residue(i, kernel, n int) phase {
	p := phase{last: -1, count: (n - i + c.Stride - 1) / c.Stride}
	for t := kernel - 1; t >= 0; t-- {
		if (i+c.Pad-t)%c.Stride != 0 {
			continue
		}
		if p.last < 0 {
			p.last, p.first = t, (i+c.Pad-t)/c.Stride
		}
		p.taps++
	}
	return p
}

func (c Conv) phase(u *vectorUnit, dx, dy, w []float32, p, q phase, e epilogue) {
	s := spaces.get()
	defer spaces.put(s)
	cor := s.correlation(correlation{n: c.N, h: c.OH, w: c.OW, c: c.K, groups: c.Groups, r: p.taps, s: q.taps, top: -p.first, left: -q.first, step: 1,
		oh: p.count, ow: q.count, k: c.C, yimage: c.H * c.W * c.C, yrow: c.Stride * c.W * c.C, ypixel: c.Stride * c.C})
	packed := buffers.get(cor.packedLen())
	defer buffers.put(packed)
	cg, kg := c.C/c.Groups, c.K/c.Groups
	perGroup := roundUp(cg) / lanes
	depth := p.taps * q.taps * kg
	parallel(c.Groups*perGroup, func(_ *space, b int) {
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
