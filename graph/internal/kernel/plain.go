package kernel

// plain computes a convolution as a product of matrices: the patches that pixels
// see, written out strip by strip, and the weights.
type plain struct {
	Conv
	works Workspaces
}

func newPlain(c Conv) *plain {
	kg, depth, pixels := c.K/c.Groups, c.depth(), c.stripRows()*c.OW
	forward := Workspace{Held: room(c.Groups * packed(depth, kg)), Task: room(pixels * depth)}
	return &plain{c, Workspaces{
		Forward:         forward,
		BackwardInput:   Workspace{Held: room(c.Groups * packed(kg, depth)), Task: room(pixels * depth)},
		BackwardWeights: Workspace{Held: room(chunks(c.N) * depth * c.K), Task: room(pixels*depth, pixels*depth, packed(pixels, kg))},
		Moments:         stripsLen(chunks(c.N*c.OH*c.OW), c.K),
		Folded:          forward,
		Kept:            depth*c.K + c.K,
	}}
}

func (p *plain) name() string          { return "plain" }
func (p *plain) workspace() Workspaces { return p.works }
func (p *plain) layout() layout        { return layout{"plain", p.depth() * p.K, p.K} }

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

// eachTap visits the taps that the output pixels of rows [lo, hi) see, in order:
// where the pixel under it is in an image, less than 0 where there is none.
func (c Conv) eachTap(lo, hi int, visit func(pixel int)) {
	for oh := lo; oh < hi; oh++ {
		for ow := range c.OW {
			for r := range c.R {
				h := oh*c.Stride - c.Pads[0] + r*c.Dilation
				for s := range c.S {
					w := ow*c.Stride - c.Pads[1] + s*c.Dilation
					if h < 0 || h >= c.H || w < 0 || w >= c.W {
						visit(-1)
					} else {
						visit(h*c.W + w)
					}
				}
			}
		}
	}
}

// patches writes, for the output pixels of rows [lo, hi) of the image x [H W C],
// the patch of group g that each sees: dst [pixels R S C/Groups], zero where the
// patch reaches over the edge.
func (c Conv) patches(dst, x []float32, lo, hi, g int) {
	cg := c.C / c.Groups
	i := 0
	c.eachTap(lo, hi, func(pixel int) {
		d := dst[i : i+cg]
		if pixel < 0 {
			clear(d)
		} else {
			copy(d, x[pixel*c.C+g*cg:])
		}
		i += cg
	})
}

// scatter adds patches, laid out as patches writes them, back onto the image x.
func (c Conv) scatter(x, src []float32, lo, hi, g int) {
	cg := c.C / c.Groups
	i := 0
	c.eachTap(lo, hi, func(pixel int) {
		if pixel >= 0 {
			at := pixel*c.C + g*cg
			d := x[at : at+cg]
			for j, v := range src[i : i+cg] {
				d[j] += v
			}
		}
		i += cg
	})
}

func (p *plain) forward(k work, y, x, w []float32, m *Moments) {
	p.correlate(k, y, x, w)
	if m != nil {
		m.Measure(y)
	}
}

// correlate computes y from x and w.
func (p *plain) correlate(k work, y, x, w []float32) {
	c := p.Conv
	kg, depth := c.K/c.Groups, c.depth()
	size := packed(depth, kg)
	wp := k.floats.get(size * c.Groups)
	for g := range c.Groups {
		pack(wp[g*size:(g+1)*size], w[g*kg:], depth, kg, c.K, 1)
	}
	k.parallel(c.N, func(s *space, n int) {
		image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
		out := y[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
		buf := s.floats.get(c.stripRows() * c.OW * depth)
		c.strips(func(lo, hi int) {
			for g := range c.Groups {
				c.patches(buf, image, lo, hi, g)
				gemm(out[lo*c.OW*c.K+g*kg:], buf, wp[g*size:], (hi-lo)*c.OW, kg, depth, depth, c.K, false)
			}
		})
	})
}

func (p *plain) backwardInput(k work, dx, dy, w, add []float32) {
	c := p.Conv
	kg, depth := c.K/c.Groups, c.depth()
	size := packed(kg, depth)
	wp := k.floats.get(size * c.Groups)
	for g := range c.Groups {
		pack(wp[g*size:(g+1)*size], w[g*kg:], kg, depth, 1, c.K) // transposed
	}
	k.parallel(c.N, func(s *space, n int) {
		image := dx[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
		clear(image)
		out := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
		buf := s.floats.get(c.stripRows() * c.OW * depth)
		c.strips(func(lo, hi int) {
			for g := range c.Groups {
				gemm(buf, out[lo*c.OW*c.K+g*kg:], wp[g*size:], (hi-lo)*c.OW, depth, kg, c.K, depth, false)
				c.scatter(image, buf, lo, hi, g)
			}
		})
	})
	if add != nil {
		Add(dx, dx, add)
	}
}

func (p *plain) backwardWeights(k work, dw, x, dy []float32) {
	c := p.Conv
	kg, depth := c.K/c.Groups, c.depth()
	parts := chunks(c.N)
	pixels := c.stripRows() * c.OW
	sums := k.floats.get(parts * len(dw))
	clear(sums)
	k.parallel(parts, func(s *space, i int) {
		sum := sums[i*len(dw) : (i+1)*len(dw)]
		buf, across, grad := s.floats.get(pixels*depth), s.floats.get(pixels*depth), s.floats.get(packed(pixels, kg))
		first, last := chunk(c.N, parts, i)
		for n := first; n < last; n++ {
			image := x[n*c.H*c.W*c.C : (n+1)*c.H*c.W*c.C]
			out := dy[n*c.OH*c.OW*c.K : (n+1)*c.OH*c.OW*c.K]
			c.strips(func(lo, hi int) {
				m := (hi - lo) * c.OW
				for g := range c.Groups {
					c.patches(buf, image, lo, hi, g)
					transpose(across, buf, m, depth)
					pack(grad, out[lo*c.OW*c.K+g*kg:], m, kg, c.K, 1)
					gemm(sum[g*kg:], across, grad, depth, kg, m, m, c.K, true)
				}
			})
		}
	})
	sumParts(sums, parts)
	copy(dw, sums)
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

// sumParts adds the parts that sums consists of to the first of them, in order.
func sumParts(sums []float32, parts int) {
	n := len(sums) / parts
	parallelRange(n, 1, func(lo, hi int) {
		for p := 1; p < parts; p++ {
			unit.add(sums[lo:hi], sums[lo:hi], sums[p*n+lo:p*n+hi])
		}
	})
}

func (p *plain) fold(_ work, f *Folded, w, scale, shift []float32) {
	for i, v := range w {
		f.weights[i] = v * scale[i%p.K]
	}
	copy(f.bias, shift)
}

func (p *plain) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	p.correlate(k, y, x, f.weights)
	parallelRange(len(y), p.K, func(lo, hi int) {
		for i := lo; i < hi; i += p.K {
			row := y[i : i+p.K]
			for k := range row {
				row[k] += f.bias[k]
			}
			if shortcut != nil {
				for k, v := range shortcut[i : i+p.K] {
					row[k] += v
				}
			}
			a.onItsWay(row)
		}
	})
	a.after(y)
}
