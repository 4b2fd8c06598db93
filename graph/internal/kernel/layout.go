package kernel

// segments lists, in bytes from a pixel's first channel, where the parts of its
// patch begin that lie together, and their length in floats: a row of the patch,
// with groups or taps apart a pixel, and where the input lies in panels (0 means that it does not)
// 16 channels of a pixel.
func (c *correlation) segments(s *space, width, height, panels int) (offsets []int, length int) {
	pixel := c.c
	switch {
	case panels > 0:
		pixel, length = lanes, lanes
	case c.groups > 1 || c.apart > 1:
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
		offsets[i] = 4 * pixel * (panel*panelSpan(height*width) + (tap/c.s*width+tap%c.s)*c.apart)
	}
	return offsets, length
}

// rows is the input of the output rows [lo, hi) as it is worked on: in panels of the
// first channels unless panels is 0, else with zeros around where it needs them, else
// as it lies. A pixel is so many floats long, and there are height x width of them.
func (c *correlation) rows(u *vectorUnit, s *space, x []float32, lo, hi, panels int) (in []float32, pixel, height, width int) {
	height, width = c.stripHeight(hi-lo), c.stripWidth()
	switch {
	case panels > 0:
		in = s.floats.get(panelSpan(height*width) * panels * lanes)
		c.panels(u, in, x, lo*c.step-c.top, height, width, panels)
		return in, lanes, height, width
	case c.padded():
		in = s.floats.get(height * width * c.c)
		c.pad(in, x, lo*c.step-c.top, width)
		return in, c.c, height, width
	}
	return x[min(lo*c.step*c.w*c.c, len(x)):], c.c, height, width
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
	if c.left == 0 && width == c.w && from >= 0 && from+height <= c.h { // rows without a gap
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

// pack lays the weights out in blocks (see blockAt) for forward correlations, multiplied
// by a factor for each output channel unless scale is nil.
func (c Conv) pack(u *vectorUnit, packed, w, scale []float32) {
	depth, kg := c.depth(), c.K/c.Groups
	perGroup := roundUp(kg) / lanes
	parallel(c.Groups*perGroup, func(_ *space, b int) {
		k := blockAt(b%perGroup*lanes, kg)
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
