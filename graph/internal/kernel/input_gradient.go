package kernel

// phase is a part of the input gradient, which is a correlation of dy with the
// weights turned round. With a stride it falls into parts: the rows and columns of
// dx that lie stride apart see the same taps.
type phase struct {
	correlation
	at         int // float of dx where it begins
	rows, cols residue
}

// residue is one of the residues of dx's rows or columns modulo the stride: it sees
// taps last, last-every, ... of the kernel at dy's places i+first, i+first+apart, ...
type residue struct{ taps, last, every, first, apart, count int }

// residue is that of n rows or columns from i on.
func (c Conv) residue(i, kernel, n, pad int) residue {
	common := gcd(c.Stride, c.Dilation)
	p := residue{last: -1, every: c.Stride / common, apart: c.Dilation / common, count: (n - i + c.Stride - 1) / c.Stride}
	for t := kernel - 1; t >= 0; t-- {
		if (i+pad-t*c.Dilation)%c.Stride != 0 {
			continue
		}
		if p.last < 0 {
			p.last, p.first = t, (i+pad-t*c.Dilation)/c.Stride
		}
		p.taps++
	}
	return p
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// phases are the parts of the input gradient, and whether there are pixels in none.
func (c Conv) phases() (all []phase, missed bool) {
	for i := range min(c.Stride, c.H) {
		for j := range min(c.Stride, c.W) {
			p, q := c.residue(i, c.R, c.H, c.Pads[0]), c.residue(j, c.S, c.W, c.Pads[1])
			switch {
			case p.count <= 0 || q.count <= 0:
			case p.taps == 0 || q.taps == 0:
				missed = true
			default:
				all = append(all, phase{correlation{n: c.N, h: c.OH, w: c.OW, c: c.K, groups: c.Groups, r: p.taps, s: q.taps,
					top: -p.first, left: -q.first, step: 1, apart: p.apart, oh: p.count, ow: q.count, k: c.C,
					yimage: c.H * c.W * c.C, yrow: c.Stride * c.W * c.C, ypixel: c.Stride * c.C}, (i*c.W + j) * c.C, p, q})
			}
		}
	}
	return all, missed
}

// tap is which tap of the kernel, of so many in a row, is that of row i and column j.
func (p *phase) tap(kernel, i, j int) int {
	return (p.rows.last-i*p.rows.every)*kernel + p.cols.last - j*p.cols.every
}

// eachPhase calls f for the parts of dx, one after the other, each with where it
// begins in dx and what is added to it. Pixels in none are settled before.
func (d *direct) eachPhase(k work, dx, add []float32, f func(p *phase, dx []float32, e epilogue)) {
	if d.missed && add != nil {
		copy(dx, add)
	} else if d.missed {
		clear(dx)
	}
	floats, correlations := k.floats.used, k.correlations.used
	for i := range d.phases {
		p := &d.phases[i]
		f(p, dx[p.at:], epilogue{add: add}.from(p.at))
		k.floats.used, k.correlations.used = floats, correlations // the next has the same memory
	}
}

// phase computes one part of dx.
func (d *direct) phase(k work, p *phase, dx, dy, w []float32, e epilogue) {
	packed := k.floats.get(p.packedLen())
	d.turn(p, packed, w)
	cor := k.correlation(p.correlation)
	if !cor.transforms {
		cor.run(k, d.u, dx, dy, packed, e)
		return
	}
	weights := k.floats.get(cor.transformed())
	cor.transform(d.u, weights, packed, cor.c*lanes, lanes, 9*cor.c*lanes)
	cor.runWinograd(k, d.u, dx, dy, weights, e)
}

// turn packs the weights of a phase.
func (d *direct) turn(p *phase, packed, w []float32) {
	cg, kg := d.C/d.Groups, d.K/d.Groups
	perGroup := roundUp(cg) / lanes
	depth := p.r * p.s * kg
	parallel(d.Groups*perGroup, func(_ *space, b int) {
		g, first := b/perGroup, blockAt(b%perGroup*lanes, cg)
		n := min(cg-first, lanes)
		dst := packed[b*depth*lanes : (b+1)*depth*lanes]
		if n < lanes {
			clear(dst)
		}
		for i := range p.r {
			for j := range p.s {
				tap := p.tap(d.S, i, j)
				for l := range n {
					src := w[(tap*cg+first+l)*d.K+g*kg:][:kg]
					for k, v := range src {
						dst[((i*p.s+j)*kg+k)*lanes+l] = v
					}
				}
			}
		}
	})
}
