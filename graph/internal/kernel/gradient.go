package kernel

// gradParts is how many partial sums of the weight gradient are kept, by the
// images: fewer of large ones, for the memory's sake.
func (c Conv) gradParts(size int) int { return min(max(1<<21/size, 2), fewTasks, c.N) }

// gradShares is how many tasks share the output channels of one part.
func gradShares(parts, blocks int) int {
	shares := 1
	for parts*shares < fewTasks && shares*2 <= blocks {
		shares *= 2
	}
	return shares
}

func (c Conv) directBackwardWeights(u *vectorUnit, dw, x, dy []float32) {
	cor := c.forward()
	if cor.winograd() {
		c.winogradBackwardWeights(u, dw, x, dy)
		return
	}
	kg := c.K / c.Groups
	kp, depth := roundUp(kg), c.depth()
	size := c.Groups * depth * kp
	parts := c.gradParts(size)
	blocks := c.Groups * kp / lanes
	shares := gradShares(parts, blocks)
	sums := buffers.get(parts * size) // [parts blocks depth 16]
	defer buffers.put(sums)
	clear(*sums)
	rows := min(max(stripFloats/max(c.W*c.C*c.Stride, 1), 1), c.OH)
	parallel(parts*shares, func(s *space, task int) {
		part, share := task/shares, task%shares
		sum := (*sums)[part*size : (part+1)*size]
		first, last := chunk(blocks, shares, share)
		from, to := chunk(c.N, parts, part)
		for n := from; n < to; n++ {
			image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
			grad := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
			for lo := 0; lo < c.OH; lo += rows {
				s.reset()
				c.gradStrip(u, s, cor, sum, image, grad, lo, min(lo+rows, c.OH), first, last)
			}
		}
	})
	u.sumParts(*sums, parts)
	Parallel(blocks, func(b int) {
		g, k := b*lanes/kp, b*lanes%kp
		n := min(kg-k, lanes)
		for i := range depth {
			copy(dw[i*c.K+g*kg+k:][:n], (*sums)[(b*depth+i)*lanes:])
		}
	})
}

// sumParts adds the parts that sums consists of to the first of them, in order.
func (u *vectorUnit) sumParts(sums []float32, parts int) {
	n := len(sums) / parts
	parallelRange(n, 1, func(lo, hi int) {
		for p := 1; p < parts; p++ {
			s := sums[p*n:]
			at := u.flat(lo, hi, func(at, rows, stride int) { u.add(&sums[at], &s[at], &sums[at], rows, stride) })
			for i := at; i < hi; i++ {
				sums[i] += s[i]
			}
		}
	})
}

// gradStrip adds the share of output rows [lo, hi) of one image to the blocks
// [first, last) of sum [blocks depth 16].
func (c Conv) gradStrip(u *vectorUnit, s *space, cor correlation, sum, x, dy []float32, lo, hi, first, last int) {
	in, width, height := x[min(lo*c.Stride*c.W*c.C, len(x)):], cor.stripWidth(), (hi-lo-1)*c.Stride+c.R
	xpixel := c.C
	switch {
	case c.Groups == 1 && c.C%lanes == 0 && (cor.padded() || c.C > lanes):
		in, xpixel = s.floats.get(height*width*c.C), lanes
		cor.panels(u, in, x, lo*c.Stride-c.Pad, height, width)
	case cor.padded():
		in = s.floats.get(height * width * c.C)
		cor.pad(in, x, lo*c.Stride-c.Pad, width)
	}
	segments, length := cor.segments(s, width, height, xpixel)
	cg, kg := c.C/c.Groups, c.K/c.Groups
	kp, depth := roundUp(kg), c.depth()
	pixels := (hi - lo) * c.OW
	grad := dy[lo*c.OW*c.K:]
	limit := len(u.grad) - 1
	pieces := (length + limit - 1) / limit
	block := s.floats.get(pixels * lanes)
	for b := first; b < last; b++ {
		g, k := b*lanes/kp, b*lanes%kp
		u.panel(block, grad[g*kg+k:], pixels, c.K, min(kg-k, lanes))
		for i, offset := range segments {
			for piece := range pieces {
				from, to := chunk(length, pieces, piece)
				u.grad[to-from](&sum[(b*depth+i*length+from)*lanes], &in[offset/4+g*cg+from], &block[0],
					hi-lo, c.OW, 4*lanes, 4*c.Stride*xpixel, 4*c.Stride*width*xpixel, 4*lanes, 4*c.OW*lanes)
			}
		}
	}
}

// panel copies n channels of the pixels of src, step floats apart, to dst
// [pixels 16], with zeros for those that are missing.
func (u *vectorUnit) panel(dst, src []float32, pixels, step, n int) {
	if n == lanes {
		u.copyBlocks(&dst[0], &src[0], pixels, 4*step)
		return
	}
	for i := range pixels {
		d := dst[i*lanes : (i+1)*lanes]
		copy(d, src[i*step:i*step+n])
		clear(d[n:])
	}
}
