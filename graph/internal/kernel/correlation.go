package kernel

// correlation is a sliding dot product without im2col, the common form of a
// convolution and of its input gradient. For every image n and output place
// (i, j), i < OH and j < OW,
//
//	y[n, i, j, k] = sum over r, s, c of x[n, i*step+r*apart-top, j*step+s*apart-left, c] * w[r, s, c, k]
//
// where x counts as zero outside the image.
type correlation struct {
	n, h, w, c   int // input [n h w c]
	groups       int
	r, s         int // taps
	top, left    int // negative where rows or columns are left out
	step         int
	apart        int // pixels from tap to tap
	oh, ow, k    int // output places and channels
	yimage, yrow int // floats between images and between rows of y
	ypixel       int // and between pixels

	transforms bool // computed by Winograd's filtering
	cut        cut

	// What run works on, kept here so that tasks share one pointer.
	y, x, weights []float32
	before        *taken // what makes the input of x, nil for nothing
	epilogue      epilogue
}

// extent is from the first tap to the last.
func (c *correlation) extent() (height, width int) {
	return (c.r-1)*c.apart + 1, (c.s-1)*c.apart + 1
}

// stripFloats is how much of the input one task works on: with its weights it
// should stay in the second-level cache.
const stripFloats = 1 << 15

// padded tells whether patches reach over the edge of the image.
func (c *correlation) padded() bool {
	height, width := c.extent()
	return c.top != 0 || c.left != 0 || (c.oh-1)*c.step+height > c.h || (c.ow-1)*c.step+width > c.w
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

// mostPixels is the most that a tile of any unit has.
const mostPixels = 16

// fewTasks is how many tasks are enough for all processors.
const fewTasks = 16

// cut is how a correlation is cut into tasks: strips of rows of each image, or parts
// of the row that all pixels make, and shares of the output channels.
type cut struct{ rows, cols, strips, parts, shares, pairs int }

// prepare settles how the correlation is run, as one row where pixels do not see
// each other.
func (c *correlation) prepare() {
	if c.flat() {
		c.w *= c.n * c.h
		c.n, c.h, c.oh, c.ow = 1, 1, 1, c.w
		c.yrow = c.ow * c.ypixel
		c.yimage = c.yrow
	}
	t := cut{rows: 1, cols: c.ow, shares: 1}
	if c.flat() {
		t.cols = min(max(stripFloats/(c.c+c.k), leastPixels), c.ow)
	} else {
		t.rows = min(max(stripFloats/max(c.w*c.c*c.step, 1), (leastPixels+c.ow-1)/c.ow), c.oh)
	}
	t.strips, t.parts = (c.oh+t.rows-1)/t.rows, (c.ow+t.cols-1)/t.cols
	t.pairs = (c.groups*roundUp(c.k/c.groups)/lanes + 1) / 2
	// A few images of few strips leave processors idle: share out the channels too.
	t.shares = shares(c.n*t.strips*t.parts, t.pairs)
	c.cut = t
}

// shares is in how many parts each of so many tasks is cut, which has so many things to
// do.
func shares(tasks, things int) int {
	return max(min((fewTasks+tasks-1)/tasks, things), 1)
}

// measured is how many sums the moments of the output take on the way.
func (c *correlation) measured() int {
	strips := c.n * c.cut.strips * c.cut.parts
	if c.cut.shares > 1 { // they are taken afterwards
		strips = chunks(c.n * c.oh * c.ow)
	}
	return stripsLen(strips, c.k)
}

// task is how many floats a task of run takes.
func (c *correlation) task() int {
	width := c.stripWidth()
	if c.cut.parts > 1 {
		width = c.cut.cols
	}
	floats := momentsRoom
	height := c.stripHeight(c.cut.rows)
	switch {
	case c.panelled():
		floats += room(panelSpan(height*width) * c.c)
	case c.padded():
		floats += room(height * width * c.c)
	}
	if c.k/c.groups%lanes != 0 {
		floats += room(mostPixels * lanes)
	}
	return floats
}

// run computes y from x and packed weights: for each group and block of 16
// output channels [r s c/groups 16].
func (c *correlation) run(k work, u *vectorUnit, y, x, packed []float32, e epilogue) {
	c.y, c.x, c.weights, c.epilogue = y, x, packed, e
	t := c.cut
	strips := c.n * t.strips * t.parts
	if t.shares > 1 {
		c.epilogue.moments = nil
	}
	c.epilogue.begin(k, strips)
	k.parallel(strips*t.shares, func(s *space, task int) {
		c, t := *c, c.cut // a copy of the task's own
		y, x, e := c.y, c.x, c.epilogue
		first, last := chunk(t.pairs, t.shares, task%t.shares)
		task /= t.shares
		if t.parts > 1 {
			at := task * t.cols
			c.w = min(t.cols, c.ow-at)
			c.ow = c.w
			if c.before != nil {
				x = c.before.strip(s, x, at, c.ow)
			} else {
				x = x[at*c.c:]
			}
			c.strip(u, s, y[at*c.ypixel:], x, c.weights, e.from(at*c.ypixel), 0, 1, 2*first, 2*last)
			c.activate(s, y, at*c.ypixel, (at+c.ow)*c.ypixel, 2*first, 2*last)
			e.measure(s, task, y, at*c.ypixel, (at+c.ow)*c.ypixel)
			return
		}
		if c.before != nil { // flat, so it is one row
			x = c.before.strip(s, x, 0, c.ow)
		}
		image, lo := task/t.strips, task%t.strips*t.rows
		size := c.h * c.w * c.c
		hi := min(lo+t.rows, c.oh)
		c.strip(u, s, y[image*c.yimage:], x[image*size:(image+1)*size], c.weights, e.from(image*c.yimage), lo, hi, 2*first, 2*last)
		c.activate(s, y, image*c.yimage+lo*c.yrow, image*c.yimage+hi*c.yrow, 2*first, 2*last)
		e.measure(s, task, y, image*c.yimage+lo*c.yrow, image*c.yimage+hi*c.yrow)
	})
	c.epilogue.end()
	if t.shares > 1 && e.moments != nil {
		e.moments.Measure(y)
	}
}

// activate applies what is left of the activation to blocks [first, last) of the pixels
// in y[from:to].
func (c *correlation) activate(s *space, y []float32, from, to, first, last int) {
	if c.epilogue.after == Identity {
		return
	}
	group := c.k / c.groups
	blocks := roundUp(group) / lanes
	channel := func(block int) int { return block/blocks*group + block%blocks*lanes }
	c.epilogue.activate(s, y, from, to, c.k, channel(first), channel(min(last, c.groups*blocks)))
}

// stripWidth is how many pixels a row of the input has as it is worked on.
func (c *correlation) stripWidth() int {
	if c.padded() {
		_, width := c.extent()
		return (c.ow-1)*c.step + width
	}
	return c.w
}

// stripHeight is how many rows of the input so many rows of the output see.
func (c *correlation) stripHeight(rows int) int {
	height, _ := c.extent()
	return (rows-1)*c.step + height
}

// panelled tells whether the input is worked on in panels of 16 channels.
func (c *correlation) panelled() bool { return c.groups == 1 && c.c%lanes == 0 && c.padded() }

// strip computes output rows [lo, hi) and blocks [first, last) of one image.
func (c *correlation) strip(u *vectorUnit, s *space, y, x, packed []float32, e epilogue, lo, hi, first, last int) {
	panels := 0
	if c.panelled() {
		panels = c.c / lanes
	}
	in, pixel, height, width := c.rows(u, s, x, lo, hi, panels)
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
	var spare []float32
	if kg%lanes != 0 {
		spare = s.floats.get(size * lanes)
	}
	for b := first; b < last; b++ {
		g, k := b/perGroup, b%perGroup*lanes
		from, whole := &in[g*cg], kg-k >= lanes
		if !whole && (k == 0 || b == first) {
			c.spill(u, s, spare, y[g*kg+k:], from, &packed[b*depth*lanes], e.from(g*kg+k), b, k, size, places, segments, length, 4*c.step*pixel)
			continue
		}
		at, blocks, apart := blockAt(k, kg), 1, 0
		if len(u.conv) > 1 && b+1 < last && kg-k > lanes {
			blocks, apart = 2, blockAt(k+lanes, kg)-at
		}
		bias, add := e.block(b, g*kg+at)
		u.conv[blocks-1][size](&y[g*kg+at], from, &packed[b*depth*lanes], bias, add, nil, &places[0], runs, &segments[0], len(segments), length,
			4*depth*lanes, 4*c.step*pixel, 4*c.ypixel, 4*apart, e.relu)
		b += blocks - 1
	}
}

// blockAt is the first channel of the block for channels from k on of a group of n: the
// last block holds 16 of them too where there are as many, some once more.
func blockAt(k, n int) int { return min(k, max(n-lanes, 0)) }

// spill is strip for the channels from k on of a group, fewer than 16, where those
// before are none or another task's.
func (c *correlation) spill(u *vectorUnit, s *space, buf, y []float32, x, w *float32, e epilogue, b, k, size int, places, segments []int, length, step int) {
	place := s.ints.get(2)
	bias, _ := e.block(b, 0)
	n := c.k/c.groups - k
	skip := k - blockAt(k, k+n)
	for i := 0; i < len(places); i += 2 {
		place[0], place[1] = places[i], 0
		u.conv[0][size](&buf[0], x, w, bias, nil, nil, &place[0], 1, &segments[0], len(segments), length, 0, step, 4*lanes, 0, 0)
		for p := range size {
			e.finish(y, buf[p*lanes+skip:][:n], places[i+1]/4+p*c.ypixel)
		}
	}
}
