package kernel

// gradTiles is how many tiles the weight gradient works on at once: more than
// forward, so that the sums, which are read and written once for each strip, cost
// little. transformedSums is how many sums a task keeps.
const (
	gradTiles       = 48
	transformedSums = 1 << 17
)

// winogradBackwardWeights computes the weight gradient in the transformed domain,
// the way back of Winograd's filtering:
//
//	dg = G^T [(B^T d B) * (A dY A^T)] G
//
// summed over tiles before G: again 16 products instead of 36.
func (d *winograd) backwardWeights(k work, dw, x, dy []float32) {
	if !d.ahead.transforms {
		d.direct.backwardWeights(k, dw, x, dy)
		return
	}
	cor := k.correlation(d.ahead)
	total, rows := d.N*cor.tileRows(), cor.gradRows()
	d.plan.run(k, positions, func(s *space, t gradTask, sum []float32) {
		from, to := chunk(total, d.plan.parts, t.part)
		for lo := from; lo < to; lo += rows {
			s.reset()
			cor.winogradGradStrip(d.u, s, t, sum, x, dy, lo, min(lo+rows, to))
		}
	}, func(t gradTask, sum []float32) {
		n := (t.c1 - t.c0) * lanes
		for b := t.k0; b < t.k1; b++ {
			d.u.winogradWeightsGrad(&dw[t.c0*lanes*cor.k+b*lanes], &sum[(b-t.k0)*n*lanes], n, 4*(t.k1-t.k0)*n*lanes, 4*lanes, 4*cor.c*cor.k, 4*cor.k)
		}
	})
}

// gradRows is how many rows of tiles the weight gradient works on at once.
func (c *correlation) gradRows() int { return max(gradTiles/c.tilesAcross(), 1) }

// gradTask is how many floats a task of the weight gradient takes.
func (c *correlation) gradTask(p gradPlan) int {
	panels, blocks := p.most()
	span := panelSpan(min(c.gradRows(), c.n*c.tileRows()) * c.tilesAcross())
	return room(positions*span*panels*lanes, positions*span*blocks*lanes, c.yrow, 4*lanes) + c.inputRoom(panels*lanes)
}

// planGrad shares out the sums of the weight gradient in the transformed domain.
func (c *correlation) planGrad() gradPlan {
	return planGrad(positions, c.c/lanes, c.k/lanes, c.n*c.tileRows(), transformedSums)
}

// winogradGradStrip adds the share of the rows [lo, hi) of tiles, counted over all
// images, to the task's sum [16 blocks rows 16].
func (c *correlation) winogradGradStrip(u *vectorUnit, s *space, t gradTask, sum, x, dy []float32, lo, hi int) {
	tiles := (hi - lo) * c.tilesAcross()
	span, panels, blocks := panelSpan(tiles), t.c1-t.c0, t.k1-t.k0
	v, d := s.floats.get(positions*span*panels*lanes), s.floats.get(positions*span*blocks*lanes)
	c.transformInput(u, s, v, x[t.c0*lanes:], lo, hi, panels)
	c.transformGrad(u, s, d, dy, lo, hi, t.k0, t.k1)
	for pos := range positions {
		for p := range panels {
			for b := range blocks {
				u.gradRows(sum[((pos*blocks+b)*panels+p)*lanes*lanes:], v[(pos*panels+p)*span*lanes:], d[(pos*blocks+b)*span*lanes:],
					lanes, 1, tiles, 4*lanes, 0, 0)
			}
		}
	}
}

// transformGrad computes A dY A^T of the rows [lo, hi) of tiles for the blocks
// [first, last) of channels, into [16 last-first tiles 16].
func (c *correlation) transformGrad(u *vectorUnit, s *space, d, dy []float32, lo, hi, first, last int) {
	across := c.tilesAcross()
	span, blocks := panelSpan((hi-lo)*across), last-first
	whole := c.ow / 2
	zeros, edge := s.floats.get(c.yrow), s.floats.get(4*lanes)
	clear(zeros)
	clear(edge)
	for t := lo; t < hi; t++ {
		at, r := c.rowAt(t), t%c.tileRows()*2
		rows := [2][]float32{dy[at:], zeros}
		if r+1 < c.oh {
			rows[1] = dy[at+c.yrow:]
		}
		for b := range blocks {
			k := (first + b) * lanes
			to := d[(b*span+(t-lo)*across)*lanes:]
			if whole > 0 {
				u.winogradGrad(&to[0], &rows[0][k], &rows[1][k], whole, 4*c.ypixel, 4*blocks*span*lanes, 4*lanes)
			}
			if whole < across {
				for i := range 2 { // the columns beyond stay zero
					copy(edge[2*i*lanes:][:lanes], rows[i][whole*2*c.ypixel+k:])
				}
				u.winogradGrad(&to[whole*lanes], &edge[0], &edge[2*lanes], 1, 4*lanes, 4*blocks*span*lanes, 4*lanes)
			}
		}
	}
}
