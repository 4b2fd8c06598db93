package kernel

// gradTiles is the size of a strip of the weight gradient in floats of a
// transformed picture: longer than forward, so that the sums, which are read and
// written once for each strip, cost little.
const gradTiles = 1 << 15

// winogradBackwardWeights computes the weight gradient in the transformed domain,
// the way back of Winograd's filtering:
//
//	dg = G^T [(B^T d B) * (A dY A^T)] G
//
// summed over tiles before G: again 16 products instead of 36.
func (c Conv) winogradBackwardWeights(u *vectorUnit, dw, x, dy []float32) {
	cor := c.forward()
	size, blocks := cor.transformed(), c.K/lanes
	parts := c.gradParts(size)
	shares := gradShares(parts, blocks)
	rows := cor.tileStrip(gradTiles)
	sums := buffers.get(parts * size) // [parts 16 k/16 c 16]
	defer buffers.put(sums)
	clear(*sums)
	parallel(parts*shares, func(s *space, task int) {
		part, share := task/shares, task%shares
		from, to := chunk(c.N*cor.tileRows(), parts, part)
		first, last := chunk(blocks, shares, share)
		for lo := from; lo < to; lo += rows {
			s.reset()
			cor.winogradGradStrip(u, s, (*sums)[part*size:(part+1)*size], x, dy, lo, min(lo+rows, to), first, last)
		}
	})
	u.sumParts(*sums, parts)
	Parallel(blocks, func(b int) {
		u.winogradWeightsGrad(&dw[b*lanes], &(*sums)[b*c.C*lanes], c.C, 4*c.K*c.C, 4*lanes, 4*c.C*c.K, 4*c.K)
	})
}

// winogradGradStrip adds the share of the rows [lo, hi) of tiles, counted over all
// images, to the blocks [first, last) of sum.
func (c correlation) winogradGradStrip(u *vectorUnit, s *space, sum, x, dy []float32, lo, hi, first, last int) {
	tiles := (hi - lo) * c.tilesAcross()
	span, panels, blocks := panelSpan(tiles), c.c/lanes, c.k/lanes
	v, d := s.floats.get(positions*span*c.c), s.floats.get(positions*span*(last-first)*lanes)
	c.transformInput(u, s, v, x, lo, hi)
	c.transformGrad(u, s, d, dy, lo, hi, first, last)
	limit := len(u.grad) - 1
	pieces := (lanes + limit - 1) / limit
	for pos := range positions {
		for p := range panels {
			for b := first; b < last; b++ {
				for piece := range pieces {
					from, to := chunk(lanes, pieces, piece)
					u.grad[to-from](&sum[((pos*blocks+b)*c.c+p*lanes+from)*lanes], &v[(pos*panels+p)*span*lanes+from],
						&d[(pos*(last-first)+b-first)*span*lanes], 1, tiles, 4*lanes, 4*lanes, 0, 4*lanes, 0)
				}
			}
		}
	}
}

// transformGrad computes A dY A^T of the rows [lo, hi) of tiles for the blocks
// [first, last) of channels, into [16 last-first tiles 16].
func (c correlation) transformGrad(u *vectorUnit, s *space, d, dy []float32, lo, hi, first, last int) {
	across := c.tilesAcross()
	span, blocks := panelSpan((hi-lo)*across), last-first
	whole := c.ow / 2
	zeros, edge := s.floats.get(c.yrow), s.floats.get(4*lanes)
	clear(zeros)
	clear(edge)
	for t := lo; t < hi; t++ {
		image, r := t/c.tileRows(), t%c.tileRows()*2
		at := image*c.yimage + r*c.yrow
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
