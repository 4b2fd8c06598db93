package kernel

// Groups of fewer than 16 channels are computed several at once, as one group
// whose weights are zero between them: blocks of 16 channels are full then.

// merged is the convolution with so many groups in one, 1 where groups are wide
// enough, do not fill a block evenly, or are too few.
func (c Conv) merged() (m Conv, together int) {
	widest := max(c.C, c.K) / c.Groups
	if c.Groups == 1 || widest >= lanes || lanes%(c.C/c.Groups) != 0 || lanes%(c.K/c.Groups) != 0 || c.Groups%(lanes/widest) != 0 {
		return c, 1
	}
	together = lanes / widest
	c.Groups /= together
	return c, together
}

// spread writes weights [R S C/Groups K] of c to dst, those of a convolution with
// so many of its groups in one.
func (c Conv) spread(dst, w []float32, together int) {
	cg, kg := c.C/c.Groups, c.K/c.Groups
	clear(dst)
	for i := range c.R * c.S * cg {
		tap, channel := i/cg, i%cg
		for g := range c.Groups {
			copy(dst[((tap*together+g%together)*cg+channel)*c.K+g*kg:][:kg], w[i*c.K+g*kg:])
		}
	}
}

// gather is spread's way back: it takes what belongs to the groups out of src.
func (c Conv) gather(w, src []float32, together int) {
	cg, kg := c.C/c.Groups, c.K/c.Groups
	for i := range c.R * c.S * cg {
		tap, channel := i/cg, i%cg
		for g := range c.Groups {
			copy(w[i*c.K+g*kg:][:kg], src[((tap*together+g%together)*cg+channel)*c.K+g*kg:])
		}
	}
}

// withMerged calls f with the merged convolution and its weights.
func (c Conv) withMerged(w []float32, f func(m Conv, w []float32)) {
	m, together := c.merged()
	if together == 1 {
		f(c, w)
		return
	}
	wide := buffers.get(together * len(w))
	defer buffers.put(wide)
	c.spread(*wide, w, together)
	f(m, *wide)
}
