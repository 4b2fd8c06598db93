package kernel

// Conv is the shape of a convolution: x [N H W C] with weights w [R S C/Groups K]
// gives y [N OH OW K]. Output channel k belongs to group k/(K/Groups).
type Conv struct {
	N, H, W, C int // input
	K          int // output channels
	R, S       int // height and width of the kernel
	Stride     int
	Pad        int // zeros on each side
	Groups     int
	OH, OW     int // output, set by Resolve
}

// Resolve returns c with its output size filled in:
// floor((H + 2 Pad - R) / Stride) + 1, as PyTorch has it.
func (c Conv) Resolve() Conv {
	c.OH = outSize(c.H, c.R, c.Stride, c.Pad)
	c.OW = outSize(c.W, c.S, c.Stride, c.Pad)
	return c
}

func outSize(n, kernel, stride, pad int) int {
	if n+2*pad < kernel {
		return 0
	}
	return (n+2*pad-kernel)/stride + 1
}

// depth is the length of the dot product behind one output of one group.
func (c Conv) depth() int { return c.R * c.S * (c.C / c.Groups) }

// stripRows is how many output rows are worked on at once: about 128 pixels, so
// that a strip of patches stays in the second-level cache.
func (c Conv) stripRows() int { return min(max(128/max(c.OW, 1), 1), c.OH) }

// strips calls f for the strips of rows [lo, hi) of one image.
func (c Conv) strips(f func(lo, hi int)) {
	rows := c.stripRows()
	for lo := 0; lo < c.OH; lo += rows {
		f(lo, min(lo+rows, c.OH))
	}
}

// patches writes, for the output pixels of rows [lo, hi) of the image x [H W C],
// the patch of group g that each sees: dst [pixels R S C/Groups], zero where the
// patch reaches over the edge.
func (c Conv) patches(dst, x []float32, lo, hi, g int) {
	cg := c.C / c.Groups
	i := 0
	for oh := lo; oh < hi; oh++ {
		for ow := range c.OW {
			for r := range c.R {
				h := oh*c.Stride - c.Pad + r
				for s := range c.S {
					w := ow*c.Stride - c.Pad + s
					d := dst[i : i+cg]
					if h < 0 || h >= c.H || w < 0 || w >= c.W {
						clear(d)
					} else {
						copy(d, x[(h*c.W+w)*c.C+g*cg:])
					}
					i += cg
				}
			}
		}
	}
}

// scatter adds patches, laid out as patches writes them, back onto the image x.
func (c Conv) scatter(x, src []float32, lo, hi, g int) {
	cg := c.C / c.Groups
	i := 0
	for oh := lo; oh < hi; oh++ {
		for ow := range c.OW {
			for r := range c.R {
				h := oh*c.Stride - c.Pad + r
				for s := range c.S {
					w := ow*c.Stride - c.Pad + s
					if h >= 0 && h < c.H && w >= 0 && w < c.W {
						at := (h*c.W+w)*c.C + g*cg
						d := x[at : at+cg]
						for j, v := range src[i : i+cg] {
							d[j] += v
						}
					}
					i += cg
				}
			}
		}
	}
}

// Forward computes y [N OH OW K] from x [N H W C] and w [R S C/Groups K], and the
// moments of y's channels unless m is nil.
func (c Conv) Forward(y, x, w []float32, m *Moments) {
	if unit != nil {
		c.withMerged(w, func(c Conv, w []float32) { c.directForward(unit, y, x, w, m) })
		return
	}
	if m != nil {
		defer m.Measure(y)
	}
	kg, depth := c.K/c.Groups, c.depth()
	size := packed(depth, kg)
	wp := buffers.get(size * c.Groups)
	for g := range c.Groups {
		pack((*wp)[g*size:(g+1)*size], w[g*kg:], depth, kg, c.K, 1)
	}
	Parallel(c.N, func(n int) {
		image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
		out := y[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
		buf := buffers.get(c.stripRows() * c.OW * depth)
		c.strips(func(lo, hi int) {
			for g := range c.Groups {
				c.patches(*buf, image, lo, hi, g)
				gemm(out[lo*c.OW*c.K+g*kg:], *buf, (*wp)[g*size:], (hi-lo)*c.OW, kg, depth, depth, c.K, false)
			}
		})
		buffers.put(buf)
	})
	buffers.put(wp)
}

// BackwardInput computes dx [N H W C] from dy [N OH OW K] and w [R S C/Groups K].
func (c Conv) BackwardInput(dx, dy, w []float32) {
	if unit != nil {
		c.withMerged(w, func(c Conv, w []float32) { c.directBackwardInput(unit, dx, dy, w, epilogue{}) })
		return
	}
	kg, depth := c.K/c.Groups, c.depth()
	size := packed(kg, depth)
	wp := buffers.get(size * c.Groups)
	for g := range c.Groups {
		pack((*wp)[g*size:(g+1)*size], w[g*kg:], kg, depth, 1, c.K) // transposed
	}
	Parallel(c.N, func(n int) {
		image := dx[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
		clear(image)
		out := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
		buf := buffers.get(c.stripRows() * c.OW * depth)
		c.strips(func(lo, hi int) {
			for g := range c.Groups {
				gemm(*buf, out[lo*c.OW*c.K+g*kg:], (*wp)[g*size:], (hi-lo)*c.OW, depth, kg, c.K, depth, false)
				c.scatter(image, *buf, lo, hi, g)
			}
		})
		buffers.put(buf)
	})
	buffers.put(wp)
}

// BackwardInputAdd computes dx = add + BackwardInput's, for a stride of 1. The two
// must not share memory.
func (c Conv) BackwardInputAdd(dx, dy, w, add []float32) {
	if unit != nil {
		c.withMerged(w, func(c Conv, w []float32) { c.directBackwardInput(unit, dx, dy, w, epilogue{add: add}) })
		return
	}
	c.BackwardInput(dx, dy, w)
	Add(dx, dx, add)
}

// BackwardWeights computes dw [R S C/Groups K] from x [N H W C] and dy [N OH OW K].
func (c Conv) BackwardWeights(dw, x, dy []float32) {
	if unit != nil {
		m, together := c.merged()
		if together == 1 {
			c.directBackwardWeights(unit, dw, x, dy)
			return
		}
		wide := buffers.get(together * len(dw))
		defer buffers.put(wide)
		m.directBackwardWeights(unit, *wide, x, dy)
		c.gather(dw, *wide, together)
		return
	}
	kg, depth := c.K/c.Groups, c.depth()
	parts := chunks(c.N)
	pixels := c.stripRows() * c.OW
	sums := buffers.get(parts * len(dw))
	clear(*sums)
	Parallel(parts, func(i int) {
		sum := (*sums)[i*len(dw) : (i+1)*len(dw)]
		buf := buffers.get(pixels * depth)
		across := buffers.get(pixels * depth)
		grad := buffers.get(packed(pixels, kg))
		first, last := chunk(c.N, parts, i)
		for n := first; n < last; n++ {
			image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
			out := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
			c.strips(func(lo, hi int) {
				m := (hi - lo) * c.OW
				for g := range c.Groups {
					c.patches(*buf, image, lo, hi, g)
					transpose(*across, *buf, m, depth)
					pack(*grad, out[lo*c.OW*c.K+g*kg:], m, kg, c.K, 1)
					gemm(sum[g*kg:], *across, *grad, depth, kg, m, m, c.K, true)
				}
			})
		}
		buffers.put(buf)
		buffers.put(across)
		buffers.put(grad)
	})
	unit.sumParts(*sums, parts)
	copy(dw, *sums)
	buffers.put(sums)
}

// transpose writes the rows x cols matrix src to dst as cols x rows.
func transpose(dst, src []float32, rows, cols int) {
	for j := range cols {
		d := dst[j*rows : (j+1)*rows]
		for i := range d {
			d[i] = src[i*cols+j]
		}
	}
}
