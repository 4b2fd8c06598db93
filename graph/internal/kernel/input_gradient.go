package kernel

// directBackwardInput is a correlation of dy with the weights turned round. With
// a stride it falls into phases: the rows and columns of dx that lie stride apart
// see the same taps.
func (c Conv) directBackwardInput(u *vectorUnit, dx, dy, w []float32, e epilogue) {
	if c.Stride > min(c.R, c.S) {
		clear(dx) // no tap reaches some of the pixels
	}
	for i := range c.Stride {
		for j := range c.Stride {
			p, q := c.residue(i, c.R, c.H), c.residue(j, c.S, c.W)
			if p.taps > 0 && q.taps > 0 && p.count > 0 && q.count > 0 {
				c.phase(u, dx[(i*c.W+j)*c.C:], dy, w, p, q, e)
			}
		}
	}
}

// phase is one of the residues of dx's rows or columns modulo the stride: it sees
// taps last, last-stride, ... of the kernel at dy's places i+first, i+first+1, ...
type phase struct{ taps, last, first, count int }

// residue is the phase of n rows or columns from i on.
func (c Conv) residue(i, kernel, n int) phase {
	p := phase{last: -1, count: (n - i + c.Stride - 1) / c.Stride}
	for t := kernel - 1; t >= 0; t-- {
		if (i+c.Pad-t)%c.Stride != 0 {
			continue
		}
		if p.last < 0 {
			p.last, p.first = t, (i+c.Pad-t)/c.Stride
		}
		p.taps++
	}
	return p
}

func (c Conv) phase(u *vectorUnit, dx, dy, w []float32, p, q phase, e epilogue) {
	s := takeSpace()
	defer s.release()
	cor := s.correlation(correlation{n: c.N, h: c.OH, w: c.OW, c: c.K, groups: c.Groups, r: p.taps, s: q.taps, top: -p.first, left: -q.first, step: 1,
		oh: p.count, ow: q.count, k: c.C, yimage: c.H * c.W * c.C, yrow: c.Stride * c.W * c.C, ypixel: c.Stride * c.C})
	packed := buffers.get(cor.packedLen())
	defer buffers.put(packed)
	cg, kg := c.C/c.Groups, c.K/c.Groups
	perGroup := roundUp(cg) / lanes
	depth := p.taps * q.taps * kg
	parallel(c.Groups*perGroup, func(_ *space, b int) {
		g, first := b/perGroup, b%perGroup*lanes
		n := min(cg-first, lanes)
		dst := (*packed)[b*depth*lanes : (b+1)*depth*lanes]
		if n < lanes {
			clear(dst)
		}
		for i := range p.taps {
			for j := range q.taps {
				tap := (p.last-i*c.Stride)*c.S + q.last - j*c.Stride
				for l := range n {
					src := w[(tap*cg+first+l)*c.K+g*kg:][:kg]
					for k, v := range src {
						dst[((i*q.taps+j)*kg+k)*lanes+l] = v
					}
				}
			}
		}
	})
	cor.run(u, dx, dy, *packed, e)
}
