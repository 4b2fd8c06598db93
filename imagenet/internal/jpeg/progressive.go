package jpeg

// known is how many of the low bits of each coefficient are yet to come, or -1 of
// those of which nothing has come, in zigzag order.
type known [64]int8

var unknown = func() (k known) {
	for i := range k {
		k[i] = -1
	}
	return k
}()

// progress checks the header of a progressive scan and notes what will be known.
func (d *decoder) progress() error {
	s := &d.scans
	if s.first == 0 && s.last != 0 || s.first > 0 && (s.first > s.last || s.last > 63 || s.n > 1) ||
		s.high > 0 && s.low != s.high-1 || s.low > 13 {
		return damaged("a scan of coefficients that cannot be")
	}
	for _, i := range s.components[:s.n] {
		k := &d.known[i]
		if s.first > 0 && k[0] < 0 {
			d.warn("scans in a wrong order")
		}
		for c := min(s.first, 1); c <= max(s.last, estimated); c++ {
			d.before[i][c] = 0
			if d.count > 1 {
				d.before[i][c] = k[c]
			}
		}
		for c := s.first; c <= s.last; c++ {
			if int8(s.high) != max(0, k[c]) {
				d.warn("scans in a wrong order")
			}
			k[c] = int8(s.low)
		}
	}
	return nil
}

// firstDC reads the upper bits of a first coefficient.
func (d *decoder) firstDC(k int, b []int16) {
	_, bits := d.bits.symbol(d.tables[0][k])
	if bits > 0 {
		d.dc[k] += signed(d.bits.bits(bits), bits)
	}
	b[0] = int16(d.dc[k] << d.scans.low)
	d.bits.settle()
}

// refineDC reads one more bit of a first coefficient.
func (d *decoder) refineDC(_ int, b []int16) {
	if d.bits.bit() {
		b[0] |= 1 << d.scans.low
	}
	d.bits.settle()
}

// firstAC reads the upper bits of some coefficients.
func (d *decoder) firstAC(_ int, b []int16) {
	if d.run > 0 {
		d.run--
		return
	}
	r, t := &d.bits, d.tables[1][0]
	for k := d.scans.first; k <= d.scans.last; k++ {
		run, bits := r.symbol(t)
		if bits == 0 {
			if run < 15 {
				d.run = 1<<run - 1
				if run > 0 {
					d.run += int(r.bits(uint(run)))
				}
				break
			}
			k += 15
			continue
		}
		k += run
		b[min(k, 63)] = int16(signed(r.bits(bits), bits) << d.scans.low)
	}
	r.settle()
}

// refineAC reads one more bit of some coefficients.
func (d *decoder) refineAC(_ int, b []int16) {
	r, t := &d.bits, d.tables[1][0]
	one := int16(1) << d.scans.low
	k, last := d.scans.first, d.scans.last
	for ; d.run == 0 && k <= last; k++ {
		run, bits := r.symbol(t)
		new := int16(0)
		switch {
		case bits > 0:
			if bits != 1 {
				r.bad = true
			}
			if new = -one; r.bit() {
				new = one
			}
		case run < 15:
			d.run = 1 << run
			if run > 0 {
				d.run += int(r.bits(uint(run)))
			}
		}
		if d.run > 0 {
			break
		}
		k = r.refine(b, k, last, run, one)
		if new != 0 {
			b[min(k, 63)] = new
		}
	}
	if d.run > 0 {
		r.refine(b, k, last, 64, one)
		d.run--
	}
	r.settle()
}

// refine reads a bit of each coefficient that is there, from k to last, until it
// has gone over run others and is at the next.
func (r *reader) refine(b []int16, k, last, run int, one int16) int {
	for ; k <= last; k++ {
		v := b[k]
		if v == 0 {
			if run--; run < 0 {
				break
			}
			continue
		}
		if r.bit() && v&one == 0 {
			if v > 0 {
				b[k] += one
			} else {
				b[k] -= one
			}
		}
	}
	return k
}
