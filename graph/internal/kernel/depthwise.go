package kernel

// depthwise computes a convolution in which every channel is a group of its own, with
// vectors of 16 channels: block by block, a strip of the input is copied to where the
// pixels of the block lie together with zeros around, and read from there for every
// tap.
type depthwise struct {
	*direct
	// The weight gradient is added up over strips of rows of all images, in parts; the
	// blocks of channels are shared out too.
	strips, parts, shares int
}

// newDepthwise is that of c.
func newDepthwise(c Conv, u *vectorUnit) *depthwise {
	d := &depthwise{direct: &direct{Conv: c, u: u, ahead: c.correlation()}}
	d.phases, d.missed = c.phases()
	d.ahead.prepareDepth()
	w := &d.works
	w.Forward = Workspace{Held: room(d.ahead.depthLen()), Task: d.ahead.depthTask()}
	w.Moments = d.ahead.measured()
	w.Folded.Task, w.Kept = w.Forward.Task, d.ahead.depthLen()+d.bias()
	for i := range d.phases {
		p := &d.phases[i].correlation
		p.prepareDepth()
		w.BackwardInput.Held = max(w.BackwardInput.Held, room(p.depthLen()))
		w.BackwardInput.Task = max(w.BackwardInput.Task, p.depthTask())
	}
	blocks := d.bias() / lanes
	d.strips = c.N * d.ahead.cut.strips
	d.shares = min(blocks, fewTasks)
	d.parts = min(d.strips, max(fewTasks/d.shares, 1))
	w.BackwardWeights = Workspace{Held: room(d.parts * d.ahead.depthLen()), Task: room(d.ahead.depthPanel(), d.ahead.cut.rows*c.OW*lanes)}
	return d
}

func (d *depthwise) name() string   { return "depthwise" }
func (d *depthwise) layout() layout { return layout{"depthwise", d.ahead.depthLen(), d.bias()} }

// bias is the length of a bias in blocks of 16.
func (d *depthwise) bias() int { return roundUp(d.K) }

// depthLen is the length of weights in blocks of 16 channels [blocks r s 16].
func (c *correlation) depthLen() int { return roundUp(c.c) * c.r * c.s }

// depthFloats is how much of a block's input one task works on, where that is
// several rows.
const depthFloats = 1 << 14

// prepareDepth settles how the correlation is cut into tasks: strips of rows that
// share much of their input, and shares of the channels.
func (c *correlation) prepareDepth() {
	height, _ := c.extent()
	t := cut{cols: c.ow, parts: 1, shares: 1, pairs: roundUp(c.c) / lanes}
	most := depthFloats / (c.depthWidth() * lanes)
	t.rows = min(max((most-height)/c.step+1, 4), c.oh)
	t.strips = (c.oh + t.rows - 1) / t.rows
	t.shares = shares(c.n*t.strips, t.pairs)
	c.cut = t
}

// depthWidth is how many pixels of the input a row of the output sees.
func (c *correlation) depthWidth() int {
	_, width := c.extent()
	return (c.ow-1)*c.step + width
}

// depthPanel is the length of a block's input as it is worked on.
func (c *correlation) depthPanel() int {
	return c.stripHeight(c.cut.rows) * c.depthWidth() * lanes
}

// depthTask is how many floats a task of runDepth takes.
func (c *correlation) depthTask() int { return room(c.depthPanel(), mostPixels*lanes) + momentsRoom }

// panel copies channels [16b, 16b+16) of the rows that output rows [lo, hi) of an
// image see into dst [height width 16], with zeros around, which are there already
// unless it is fresh. Lanes beyond the last channel hold anything.
func (c *correlation) panel(u *vectorUnit, dst, image []float32, b, lo, hi int, fresh bool) {
	width := c.depthWidth()
	first, last := min(max(c.left, 0), width), max(min(c.w+c.left, width), 0)
	for i := range c.stripHeight(hi - lo) {
		row := dst[i*width*lanes : (i+1)*width*lanes]
		h := lo*c.step - c.top + i
		if h < 0 || h >= c.h || first >= last {
			if fresh {
				clear(row)
			}
			continue
		}
		if fresh {
			clear(row[:first*lanes])
			clear(row[last*lanes:])
		}
		copyBlock(u, row[first*lanes:], image[(h*c.w+first-c.left)*c.c+b*lanes:], last-first, c.c, min(c.c-b*lanes, lanes))
	}
}

// copyBlock copies n channels of pixels that lie so many floats apart to dst [pixels
// 16]; lanes beyond hold anything.
func copyBlock(u *vectorUnit, dst, src []float32, pixels, apart, n int) {
	last := pixels
	for last > 0 && (last-1)*apart+lanes > len(src) { // would read beyond the end
		last--
		copy(dst[last*lanes:][:n], src[last*apart:])
	}
	if last > 0 {
		u.copyBlocks(&dst[0], &src[0], last, 1, 4*lanes, 0, 4*apart)
	}
}

// runDepth computes y from x and weights in blocks.
func (c *correlation) runDepth(k work, u *vectorUnit, y, x, weights []float32, e epilogue) {
	c.y, c.x, c.weights, c.epilogue = y, x, weights, e
	t := c.cut
	if t.shares > 1 {
		c.epilogue.moments = nil
	}
	c.epilogue.begin(k, c.n*t.strips)
	k.parallel(c.n*t.strips*t.shares, func(s *space, task int) {
		t, e := c.cut, c.epilogue
		first, last := chunk(t.pairs, t.shares, task%t.shares)
		task /= t.shares
		image, lo := task/t.strips, task%t.strips*t.rows
		hi := min(lo+t.rows, c.oh)
		c.depthStrip(u, s, image, lo, hi, first, last)
		e.activate(s, c.y, image*c.yimage+lo*c.yrow, image*c.yimage+hi*c.yrow, c.c, first*lanes, min(last*lanes, c.c))
		e.measure(s, task, c.y, image*c.yimage+lo*c.yrow, image*c.yimage+hi*c.yrow)
	})
	c.epilogue.end()
	if t.shares > 1 && e.moments != nil {
		e.moments.Measure(y)
	}
}

// depthStrip computes output rows [lo, hi) and blocks [first, last) of one image.
func (c *correlation) depthStrip(u *vectorUnit, s *space, image, lo, hi, first, last int) {
	width := c.depthWidth()
	in, spare := s.floats.get(c.stripHeight(hi-lo)*width*lanes), s.floats.get(mostPixels*lanes)
	taps := c.r * c.s
	offsets := s.ints.get(taps)
	for i := range offsets {
		offsets[i] = 4 * lanes * c.apart * (i/c.s*width + i%c.s)
	}
	size, parts := split(c.ow, len(u.depth)-1)
	runs := (hi - lo) * parts
	places, place := s.ints.get(2*runs), s.ints.get(2)
	for i := range runs {
		row, col := i/parts, min(i%parts*size, c.ow-size)
		places[2*i] = 4 * lanes * (row*width + col) * c.step
		places[2*i+1] = 4 * ((lo+row)*c.yrow + col*c.ypixel)
	}
	x, y, e := c.x[image*c.h*c.w*c.c:(image+1)*c.h*c.w*c.c], c.y[image*c.yimage:], c.epilogue.from(image*c.yimage)
	for b := first; b < last; b++ {
		c.panel(u, in, x, b, lo, hi, b == first)
		w := &c.weights[b*taps*lanes]
		n := c.c - b*lanes
		if n >= lanes {
			bias, add := e.block(b, b*lanes)
			u.depth[size](&y[b*lanes], &in[0], w, bias, add, &places[0], runs, &offsets[0], taps, 4*lanes*c.step, 4*c.ypixel, e.relu)
			continue
		}
		bias, _ := e.block(b, 0)
		rest := e.from(b * lanes)
		for i := 0; i < len(places); i += 2 {
			place[0], place[1] = places[i], 0
			u.depth[size](&spare[0], &in[0], w, bias, nil, &place[0], 1, &offsets[0], taps, 4*lanes*c.step, 4*lanes, 0)
			for p := range size {
				rest.finish(y[b*lanes:], spare[p*lanes:][:n], places[i+1]/4+p*c.ypixel)
			}
		}
	}
}

// blocks lays weights [R S 1 K] out in blocks of 16 channels [blocks taps 16],
// multiplied by a factor for each channel unless scale is nil: those of the given taps.
func (d *depthwise) blocks(dst, w, scale []float32, taps int, tap func(i int) int) {
	for i := range taps {
		src := w[tap(i)*d.C:][:d.C]
		for c := 0; c < d.C; c += lanes {
			to := dst[(c*taps + i*lanes):][:lanes]
			n := copy(to, src[c:])
			clear(to[n:])
			if scale != nil {
				for j, f := range scale[c : c+n] {
					to[j] *= f
				}
			}
		}
	}
}

// inOrder are the taps as they are.
func inOrder(i int) int { return i }

func (d *depthwise) forward(k work, y, x, w []float32, m *Moments) {
	weights := k.floats.get(d.ahead.depthLen())
	d.blocks(weights, w, nil, d.R*d.S, inOrder)
	k.correlation(d.ahead).runDepth(k, d.u, y, x, weights, epilogue{moments: m})
}

func (d *depthwise) backwardInput(k work, dx, dy, w, add []float32) {
	d.eachPhase(k, dx, add, func(p *phase, dx []float32, e epilogue) {
		weights := k.floats.get(p.depthLen())
		d.blocks(weights, w, nil, p.r*p.s, func(i int) int { return p.tap(d.S, i/p.s, i%p.s) })
		k.correlation(p.correlation).runDepth(k, d.u, dx, dy, weights, e)
	})
}

func (d *depthwise) fold(_ work, f *Folded, w, scale, shift []float32) {
	copy(f.bias, shift)
	d.blocks(f.weights, w, scale, d.R*d.S, inOrder)
}

func (d *depthwise) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	k.correlation(d.ahead).runDepth(k, d.u, y, x, f.weights, epilogue{bias: f.bias, add: shortcut}.activated(a))
}

func (d *depthwise) backwardWeights(k work, dw, x, dy []float32) {
	cor := k.correlation(d.ahead)
	size, blocks := cor.depthLen(), roundUp(d.C)/lanes
	sums := k.floats.get(d.parts * size)
	clear(sums)
	k.parallel(d.parts*d.shares, func(s *space, task int) {
		part := task / d.shares
		first, last := chunk(blocks, d.shares, task%d.shares)
		from, to := chunk(d.strips, d.parts, part)
		in, grad := s.floats.get(cor.depthPanel()), s.floats.get(cor.cut.rows*d.OW*lanes)
		for strip := from; strip < to; strip++ {
			image, lo := strip/cor.cut.strips, strip%cor.cut.strips*cor.cut.rows
			for b := first; b < last; b++ {
				d.gradStrip(cor, sums[part*size+b*d.R*d.S*lanes:], in, grad, x, dy, b, image, lo, min(lo+cor.cut.rows, d.OH), b == first)
			}
		}
	})
	sumParts(sums, d.parts)
	for i := range d.R * d.S {
		for c := 0; c < d.C; c += lanes {
			copy(dw[i*d.C+c:i*d.C+min(c+lanes, d.C)], sums[c*d.R*d.S+i*lanes:])
		}
	}
}

// gradStrip adds the share of output rows [lo, hi) of one image to the sums of a
// block [taps 16].
func (d *depthwise) gradStrip(cor *correlation, sum, in, grad, x, dy []float32, b, image, lo, hi int, fresh bool) {
	width := cor.depthWidth()
	cor.panel(d.u, in, x[image*d.H*d.W*d.C:(image+1)*d.H*d.W*d.C], b, lo, hi, fresh)
	copyBlock(d.u, grad, dy[(image*d.OH+lo)*d.OW*d.C+b*lanes:], (hi-lo)*d.OW, d.C, min(d.C-b*lanes, lanes))
	most := len(d.u.depthGrad) - 1
	for r := range d.R {
		pieces := (d.S + most - 1) / most
		for piece := range pieces {
			first, last := chunk(d.S, pieces, piece)
			d.u.depthGrad[last-first](&sum[(r*d.S+first)*lanes], &in[(r*width+first)*d.Dilation*lanes], &grad[0],
				hi-lo, d.OW, 4*lanes*d.Dilation, 4*lanes*d.Stride, 4*lanes*d.Stride*width)
		}
	}
}
