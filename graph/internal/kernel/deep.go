package kernel

// deep computes products of many input channels, convolutions whose pixels do not see
// each other, in blocks of channels: those of a block stay in the caches while all
// panels of output channels pass by. What is not deep is left to direct.
type deep struct {
	*direct
	f *functionUnit
	// Which of the two directions are deep: the output, from so many input channels,
	// and the input gradient, from so many output channels.
	output, input bool
}

const (
	leastDeep = 2048 // channels
	deepBlock = 384  // channels that are worked on at once
	deepRows  = 96   // pixels of a task
	leastRows = 96   // pixels: direct is as fast where they are fewer
)

// newDeep is that of c, nil where neither direction is deep.
func newDeep(c Conv, d *direct, f *functionUnit) *deep {
	if f == nil || c.R*c.S != 1 || c.Stride != 1 || c.Groups != 1 || c.Pads != [4]int{} || c.N*c.H*c.W < leastRows {
		return nil
	}
	whole := func(channels int) bool { return channels%f.panelWidth() == 0 }
	p := &deep{d, f, c.C >= leastDeep && whole(c.K), c.K >= leastDeep && whole(c.C)}
	if !p.output && !p.input {
		return nil
	}
	return p
}

func (d *deep) name() string { return "deep" }

func (d *deep) workspace() Workspaces {
	w, packed := d.direct.workspace(), Workspace{Held: room(d.C * d.K)}
	if d.output {
		w.Forward, w.Fold, w.Folded, w.Kept = packed, Workspace{}, Workspace{}, d.C*d.K+d.K
		w.Moments = stripsLen(chunks(d.N*d.H*d.W), d.K)
	}
	if d.input {
		w.BackwardInput = packed
	}
	return w
}

func (d *deep) layout() layout {
	if d.output {
		return layout{"deep", d.C * d.K, d.K}
	}
	return d.direct.layout()
}

func (d *deep) forward(k work, y, x, w []float32, m *Moments) {
	if !d.output {
		d.direct.forward(k, y, x, w, m)
		return
	}
	panels := k.floats.get(d.C * d.K)
	d.packPanels(k, panels, w, nil)
	d.run(k, y, x, panels, d.C, d.K, epilogue{})
	if m != nil {
		m.Measure(y)
	}
}

func (d *deep) backwardInput(k work, dx, dy, w, add []float32) {
	if !d.input {
		d.direct.backwardInput(k, dx, dy, w, add)
		return
	}
	panels, width := k.floats.get(d.C*d.K), d.f.panelWidth()
	k.parallel(d.C/width, func(_ *space, p int) {
		d.f.packColumns(panels[p*width*d.K:], w[p*width*d.K:], d.K, width, d.K)
	})
	d.run(k, dx, dy, panels, d.K, d.C, epilogue{add: add})
}

func (d *deep) fold(k work, f *Folded, w, scale, shift []float32) {
	if !d.output {
		d.direct.fold(k, f, w, scale, shift)
		return
	}
	copy(f.bias, shift)
	d.packPanels(k, f.weights, w, scale)
}

func (d *deep) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	if !d.output {
		d.direct.folded(k, f, y, x, shortcut, a)
		return
	}
	d.run(k, y, x, f.weights, d.C, d.K, epilogue{bias: f.bias, add: shortcut}.activated(a))
}

// packPanels lays the weights [C K] out in panels, multiplied by a factor for each
// output channel unless scale is nil.
func (d *deep) packPanels(k work, panels, w, scale []float32) {
	width := d.f.panelWidth()
	k.parallel(d.K/width, func(_ *space, p int) {
		panel := panels[p*width*d.C : (p+1)*width*d.C]
		d.f.packRows(panel, w[p*width:], d.C, width, d.K)
		if scale == nil {
			return
		}
		for i := 0; i < len(panel); i += width {
			d.f.mul(panel[i:i+width], scale[p*width:(p+1)*width], panel[i:i+width])
		}
	})
}

// run computes y [pixels cols] from x [pixels depth] and panels.
func (d *deep) run(k work, y, x, panels []float32, depth, cols int, e epilogue) {
	pixels, width := d.N*d.H*d.W, d.f.panelWidth()
	parts, shares := (pixels+deepRows-1)/deepRows, 1
	for parts*shares < fewTasks && 2*shares <= cols/width {
		shares *= 2
	}
	blocks := (depth + deepBlock - 1) / deepBlock
	k.parallel(parts*shares, func(s *space, task int) {
		lo, hi := chunk(pixels, parts, task/shares)
		first, last := chunk(cols/width, shares, task%shares)
		for b := range blocks {
			from, to := chunk(depth, blocks, b)
			a := leftHand{x[lo*depth+from:], depth, 1}
			d.f.multiply(y[lo*cols+first*width:], cols, a, panels[first*width*depth+from*width:], depth*width, hi-lo, (last-first)*width, to-from, b > 0)
		}
		for r := lo; r < hi; r++ {
			at := r*cols + first*width
			d.finish(s, y[at:at+(last-first)*width], e, at, first*width)
		}
	})
}

// finish applies the epilogue to a part of a pixel's channels, from a place and a
// channel on.
func (d *deep) finish(s *space, row []float32, e epilogue, at, channel int) {
	if e.bias != nil {
		d.f.add(row, e.bias[channel:channel+len(row)], row)
	}
	if e.add != nil {
		d.f.add(row, e.add[at:at+len(row)], row)
	}
	if e.relu != 0 {
		unit.relu(row, row)
	}
	e.activate(s, row, 0, len(row), len(row), 0, len(row))
}
