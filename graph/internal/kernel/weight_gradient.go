package kernel

// gradPlan is how a weight gradient is shared out: a task has a range of blocks of
// 16 input channels, one of output channels and a part of the images, whose share
// it adds up.
type gradPlan struct {
	inputs, outputs int // blocks of channels
	across, down    int // shares of the input and of the output blocks
	parts           int // of the images
}

// planGrad shares out the sums of taps times so many blocks of channels. A task
// keeps at most the given number of sums, where it can be helped: they stay in the
// second-level cache while pictures pass by.
func planGrad(taps, inputs, outputs, images, most int) gradPlan {
	p := gradPlan{inputs: inputs, outputs: outputs, across: 1, down: 1}
	halve := func() bool {
		in, out := (inputs+p.across-1)/p.across, (outputs+p.down-1)/p.down
		switch {
		case in > 1 && in >= out:
			p.across = min(2*p.across, inputs)
		case out > 1:
			p.down = min(2*p.down, outputs)
		default:
			return false
		}
		return true
	}
	for p.size(taps) > most && halve() {
	}
	for p.across*p.down*images < fewTasks && halve() {
	}
	p.parts = max(min(fewTasks/(p.across*p.down), images), 1)
	return p
}

// size is how many sums a task keeps.
func (p gradPlan) size(taps int) int {
	inputs, outputs := p.most()
	return taps * inputs * outputs * lanes * lanes
}

// most is how many blocks of inputs and of outputs a task has at most.
func (p gradPlan) most() (inputs, outputs int) {
	return (p.inputs + p.across - 1) / p.across, (p.outputs + p.down - 1) / p.down
}

// sums is how many sums all tasks keep.
func (p gradPlan) sums(taps int) int { return p.parts * p.across * p.down * p.size(taps) }

// gradTask is what one task of a plan has to do: blocks [c0, c1) and [k0, k1).
type gradTask struct{ part, c0, c1, k0, k1 int }

func (p gradPlan) task(i int) (t gradTask) {
	t.c0, t.c1 = chunk(p.inputs, p.across, i%p.across)
	t.k0, t.k1 = chunk(p.outputs, p.down, i/p.across%p.down)
	t.part = i / (p.across * p.down)
	return t
}

// run calls f for every task with its sums, which start at zero, adds up the parts
// and calls end for the tasks of the first part with the result.
func (p gradPlan) run(k work, taps int, f func(s *space, t gradTask, sum []float32), end func(t gradTask, sum []float32)) {
	size, shares := p.size(taps), p.across*p.down
	sums := k.floats.get(p.sums(taps))
	k.parallel(p.parts*shares, func(s *space, i int) {
		sum := sums[i*size : (i+1)*size]
		clear(sum)
		f(s, p.task(i), sum)
	})
	sumParts(sums, p.parts)
	parallel(shares, func(_ *space, i int) { end(p.task(i), sums[i*size:(i+1)*size]) })
}

// gradPixels is about how many pixels of the output pass by at once, gradSums how
// many sums a task keeps.
const (
	gradPixels = 128
	gradSums   = 1 << 15
)

// skips tells whether there are pixels that nobody looks at; they are taken out
// before the weight gradient.
func (c Conv) skips() bool { return c.R == 1 && c.S == 1 && c.Pads == [4]int{} && c.Stride > 1 }

// gradient is a weight gradient without Winograd's transform.
type gradient struct {
	Conv
	whole    Conv // with the pixels that it skips
	cor      correlation
	perGroup int  // blocks of output channels
	panels   bool // the input is worked on in panels of 16 channels

	plan         gradPlan
	taps         int
	images, size int // it adds up over so many images of size rows
}

// newGradient is that of c, without the pixels that it skips and as one picture of
// a column where pixels do not see each other.
func newGradient(c Conv) *gradient {
	g := &gradient{whole: c}
	if c.skips() {
		c.H, c.W, c.Stride = c.OH, c.OW, 1
	}
	if cor := c.correlation(); cor.flat() {
		c.H, c.W, c.OH, c.OW, c.N = c.N*c.H*c.W, 1, c.N*c.H*c.W, 1, 1
	}
	g.Conv, g.cor = c, c.correlation()
	g.perGroup, g.panels = roundUp(c.K/c.Groups)/lanes, c.Groups == 1 && c.C%lanes == 0
	inputs := 1
	g.taps = (g.depth() + lanes - 1) / lanes
	if g.panels {
		g.taps, inputs = g.R*g.S, g.C/lanes
	}
	g.images, g.size = g.N, g.OH
	if g.N == 1 {
		g.images, g.size = g.OH, 1
	}
	g.plan = planGrad(g.taps, inputs, g.Groups*g.perGroup, g.images, gradSums)
	return g
}

// workspace is what the gradient works in.
func (g *gradient) workspace() (w Workspace) {
	w.Held = room(g.plan.sums(g.taps))
	if g.whole.skips() {
		w.Held += room(g.N * g.OH * g.OW * g.C)
	}
	rows := min(g.stripRows(), g.OH)
	panels, blocks := g.plan.most()
	height, width := g.cor.stripHeight(rows), g.cor.stripWidth()
	switch {
	case g.panels:
		w.Task = room(panelSpan(height*width) * panels * lanes)
	case g.cor.padded():
		w.Task = room(height * width * g.C)
	}
	w.Task += room(blocks * panelSpan(rows*g.OW) * lanes)
	return w
}

// stripRows is how many rows of the output are worked on at once.
func (g *gradient) stripRows() int { return max(gradPixels/g.OW, 1) }

// run computes dw.
func (g *gradient) run(k work, u *vectorUnit, dw, x, dy []float32) {
	c := g.Conv
	if w := g.whole; w.skips() {
		seen := k.floats.get(c.N * c.OH * c.OW * c.C)
		Subsample{N: w.N, H: w.H, W: w.W, C: w.C, K: w.C, Stride: w.Stride, OH: w.OH, OW: w.OW}.Forward(seen, x)
		x = seen
	}
	rows := g.stripRows()
	g.plan.run(k, g.taps, func(s *space, t gradTask, sum []float32) {
		lo, hi := chunk(g.images, g.plan.parts, t.part)
		for lo, hi := lo*g.size, hi*g.size; lo < hi; {
			n, from := lo/c.OH, lo%c.OH
			to := min(from+rows, c.OH, from+hi-lo)
			s.reset()
			g.strip(u, s, t, sum, x[n*c.H*c.W*c.C:(n+1)*c.H*c.W*c.C], dy[n*c.OH*c.OW*c.K:(n+1)*c.OH*c.OW*c.K], from, to)
			lo += to - from
		}
	}, func(t gradTask, sum []float32) { g.store(dw, t, sum) })
}

// rows is how many rows of weights follow each other in dw for a task.
func (g *gradient) rows(t gradTask) int {
	if g.panels {
		return (t.c1 - t.c0) * lanes
	}
	return g.depth()
}

// strip adds the share of output rows [lo, hi) of one image to sum
// [blocks taps rows 16].
func (g *gradient) strip(u *vectorUnit, s *space, t gradTask, sum, x, dy []float32, lo, hi int) {
	c, cor := &g.Conv, &g.cor
	panels := 0
	if g.panels {
		panels = t.c1 - t.c0
	}
	in, xpixel, height, width := cor.rows(u, s, x[t.c0*lanes:], lo, hi, panels)
	segments, length := cor.segments(s, width, height, panels)
	kg := c.K / c.Groups
	pixels := (hi - lo) * c.OW
	rows, cols := hi-lo, c.OW
	if width == c.OW && c.Stride == 1 { // without a gap
		rows, cols = 1, pixels
	}
	grad := dy[lo*c.OW*c.K:]
	span := panelSpan(pixels) * lanes
	blocks := s.floats.get((t.k1 - t.k0) * span)
	if kg%lanes == 0 {
		u.copyBlocks(&blocks[0], &grad[t.k0*lanes], pixels, t.k1-t.k0, 4*lanes, 4*span, 4*c.K)
	}
	for b := t.k0; b < t.k1; b++ {
		group, k := b/g.perGroup, b%g.perGroup*lanes
		block := blocks[(b-t.k0)*span:]
		if kg%lanes != 0 {
			fill(block, grad[group*kg+k:], pixels, c.K, min(kg-k, lanes))
		}
		to := sum[(b-t.k0)*len(segments)*length*lanes:]
		for i, offset := range segments {
			u.gradRows(to[i*length*lanes:], in[offset/4+group*(c.C/c.Groups):], block, length,
				rows, cols, 4*c.Stride*xpixel, 4*c.Stride*width*xpixel, 4*c.OW*lanes)
		}
	}
}

// gradRows adds to n rows of 16 sums, as many at once as the unit can: for every
// pixel of rows x cols, n floats of x times 16 of dy. Pixels lie xstep bytes apart
// in x, rows of them xrow and dyrow.
func (u *vectorUnit) gradRows(sum, x, dy []float32, n, rows, cols, xstep, xrow, dyrow int) {
	limit := len(u.grad) - 1
	pieces := (n + limit - 1) / limit
	for piece := range pieces {
		from, to := chunk(n, pieces, piece)
		u.grad[to-from](&sum[from*lanes], &x[from], &dy[0], rows, cols, 4*lanes, xstep, xrow, 4*lanes, dyrow)
	}
}

// store puts the sums of a task where they belong in dw.
func (g *gradient) store(dw []float32, t gradTask, sum []float32) {
	kg, rows := g.K/g.Groups, g.rows(t)
	taps := g.depth() / g.C
	if !g.panels {
		taps = 1
	}
	for b := t.k0; b < t.k1; b++ {
		k := b % g.perGroup * lanes
		n := min(kg-k, lanes)
		for tap := range taps {
			for i := range rows {
				copy(dw[(tap*g.C+t.c0*lanes+i)*g.K+b/g.perGroup*kg+k:][:n], sum[(((b-t.k0)*taps+tap)*rows+i)*lanes:])
			}
		}
	}
}

// fill copies n channels of the pixels of src, step floats apart, to dst
// [pixels 16], with zeros for those that are missing.
func fill(dst, src []float32, pixels, step, n int) {
	for i := range pixels {
		d := dst[i*lanes : (i+1)*lanes]
		copy(d, src[i*step:i*step+n])
		clear(d[n:])
	}
}
