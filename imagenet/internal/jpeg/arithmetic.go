package jpeg

// conditions are the bounds of small and large differences of first coefficients, as
// exponents, and where the low ones of the other coefficients end: T.81, section
// F.1.4.
type conditions struct {
	small, large byte
	low          int
}

// coder decodes binary decisions, each with a probability that it learns: T.81,
// annex D, with the registers as libjpeg has them. The bytes are the reader's.
type coder struct {
	conditions *[16]conditions
	c, a       int32
	shift      int // bits of c that are yet to come; -1 after an error
	first      [4]int32
	context    [4]int // of the differences of first coefficients
	dc         [16][64]byte
	ac         [16][256]byte
	fixed      byte
}

// even is the state of decisions that are as likely as not, for ever.
const even = 113

// begin makes ready for a scan.
func (c *coder) begin(d *decoder) {
	c.conditions = &d.conditions
	c.first, c.context = [4]int32{}, [4]int{}
	s := &d.scans
	for k := range s.n {
		if s.first == 0 && s.high == 0 {
			c.dc[s.dc[k]] = [64]byte{}
		}
		if !d.progressive || s.first > 0 {
			c.ac[s.ac[k]] = [256]byte{}
		}
		if !d.progressive {
			c.dc[s.dc[k]] = [64]byte{}
		}
	}
	c.fixed = even
	c.c, c.a, c.shift = 0, 0, -16
}

// byte is the next byte, or zero behind the last.
func (r *reader) byte() int32 {
	if r.next >= r.end {
		r.empty = r.empty || r.cut
		return 0
	}
	b := r.data[r.next]
	r.next++
	return int32(b)
}

// decide decodes a decision and updates its state.
func (c *coder) decide(r *reader, state *byte) bool {
	for c.a < 0x8000 {
		if c.shift--; c.shift < 0 {
			c.c = c.c<<8 | r.byte()
			if c.shift += 8; c.shift < 0 {
				if c.shift++; c.shift == 0 { // the first two bytes are there
					c.a = 0x8000
				}
			}
		}
		c.a <<= 1
	}
	s := *state
	likely := s >> 7
	e := &probabilities[s&0x7f]
	c.a -= int32(e.less)
	if top := c.a << c.shift; c.c >= top {
		c.c -= top
		if c.a < int32(e.less) {
			*state = s&0x80 ^ e.afterLikely
		} else {
			*state = s&0x80 ^ e.afterOther
			likely ^= 1
		}
		c.a = int32(e.less)
	} else if c.a < 0x8000 {
		if c.a < int32(e.less) {
			*state = s&0x80 ^ e.afterOther
			likely ^= 1
		} else {
			*state = s&0x80 ^ e.afterLikely
		}
	}
	return likely != 0
}

// fail leaves the rest of the scan, or what there is up to a restart, as it is.
func (c *coder) fail(r *reader) {
	r.bad, c.shift = true, -1
}

// difference decodes the first coefficient of a block of the scan's component k:
// figures F.19 to F.24.
func (c *coder) difference(r *reader, k int, id byte) bool {
	stats, limits := &c.dc[id], &c.conditions[id]
	at := c.context[k]
	if !c.decide(r, &stats[at]) {
		c.context[k] = 0
		return true
	}
	negative := c.decide(r, &stats[at+1])
	at += 2
	if negative {
		at++
	}
	m := int32(0)
	if c.decide(r, &stats[at]) {
		m = 1
		for at = 20; c.decide(r, &stats[at]); at++ {
			if m <<= 1; m == 0x8000 {
				c.fail(r)
				return false
			}
		}
	}
	switch {
	case m < 1<<limits.small>>1:
		c.context[k] = 0
	case m > 1<<limits.large>>1:
		c.context[k] = 12
	default:
		c.context[k] = 4
	}
	if negative && c.context[k] > 0 {
		c.context[k] += 4
	}
	c.first[k] += c.square(r, m, &stats[at+14], negative)
	return true
}

// magnitude decodes the bits of a number below its highest.
func (c *coder) square(r *reader, m int32, state *byte, negative bool) int32 {
	v := m
	for m >>= 1; m > 0; m >>= 1 {
		if c.decide(r, state) {
			v |= m
		}
	}
	if v++; negative {
		return -v
	}
	return v
}

// rest decodes coefficients from first to last: figure F.20.
func (c *coder) rest(r *reader, id byte, first, last int, set func(k int, v int32)) {
	stats, low := &c.ac[id], c.conditions[id].low
	for k := first; k <= last; k++ {
		at := 3 * (k - 1)
		if c.decide(r, &stats[at]) {
			return // end of block
		}
		for !c.decide(r, &stats[at+1]) {
			at += 3
			if k++; k > last {
				c.fail(r)
				return
			}
		}
		negative := c.decide(r, &c.fixed)
		at += 2
		m := int32(0)
		if c.decide(r, &stats[at]) {
			m = 1
			if c.decide(r, &stats[at]) {
				m = 2
				if at = 217; k <= low {
					at = 189
				}
				for ; c.decide(r, &stats[at]); at++ {
					if m <<= 1; m == 0x8000 {
						c.fail(r)
						return
					}
				}
			}
		}
		set(k, c.square(r, m, &stats[at+14], negative))
	}
}

// block is the reader's block in arithmetic coding, but for the first coefficient,
// which is no difference.
func (c *coder) block(r *reader, s *scan, k int, quant *[64]int32, b *[64]int32) (last, sum int) {
	*b = [64]int32{}
	if c.shift == -1 || !c.difference(r, k, s.dc[k]) {
		return 0, 0
	}
	b[0] = c.first[k]
	c.rest(r, s.ac[k], 1, 63, func(k int, v int32) {
		v = int32(int16(v)) * quant[k]
		b[zigzag[k]] = v
		sum += square(v)
		last = k
	})
	return last, sum
}

// firstDC, refineDC, firstAC and refineAC are the decoder's of the same names.
func (c *coder) firstDC(r *reader, s *scan, k int, b []int16) {
	if c.shift != -1 && c.difference(r, k, s.dc[k]) {
		b[0] = int16(c.first[k] << s.low)
	}
}

func (c *coder) refineDC(r *reader, s *scan, b []int16) {
	if c.decide(r, &c.fixed) {
		b[0] |= 1 << s.low
	}
}

func (c *coder) firstAC(r *reader, s *scan, b []int16) {
	if c.shift != -1 {
		c.rest(r, s.ac[0], s.first, s.last, func(k int, v int32) { b[k] = int16(v << s.low) })
	}
}

func (c *coder) refineAC(r *reader, s *scan, b []int16) {
	if c.shift == -1 {
		return
	}
	stats, one := &c.ac[s.ac[0]], int16(1)<<s.low
	before := s.last // the end of the block in the scans before
	for before > 0 && b[before] == 0 {
		before--
	}
	for k := s.first; k <= s.last; k++ {
		at := 3 * (k - 1)
		if k > before && c.decide(r, &stats[at]) {
			return
		}
		for {
			if v := b[k]; v != 0 {
				if c.decide(r, &stats[at+2]) {
					if v < 0 {
						b[k] -= one
					} else {
						b[k] += one
					}
				}
				break
			}
			if c.decide(r, &stats[at+1]) {
				if b[k] = one; c.decide(r, &c.fixed) {
					b[k] = -one
				}
				break
			}
			at += 3
			if k++; k > s.last {
				c.fail(r)
				return
			}
		}
	}
}

// probability is a state of knowing one: how likely the less likely decision is, in
// units of 2^-16 and three quarters, and the states after the likely decision and
// after the other, where the eighth bit exchanges them.
type probability struct {
	less                    uint16
	afterOther, afterLikely byte
}

// probabilities are table D.3 of T.81, and even.
var probabilities = [even + 1]probability{
	{0x5a1d, 1 | 0x80, 1}, {0x2586, 14, 2}, {0x1114, 16, 3}, {0x080b, 18, 4}, {0x03d8, 20, 5}, {0x01da, 23, 6},
	{0x00e5, 25, 7}, {0x006f, 28, 8}, {0x0036, 30, 9}, {0x001a, 33, 10}, {0x000d, 35, 11}, {0x0006, 9, 12},
	{0x0003, 10, 13}, {0x0001, 12, 13}, {0x5a7f, 15 | 0x80, 15}, {0x3f25, 36, 16}, {0x2cf2, 38, 17}, {0x207c, 39, 18},
	{0x17b9, 40, 19}, {0x1182, 42, 20}, {0x0cef, 43, 21}, {0x09a1, 45, 22}, {0x072f, 46, 23}, {0x055c, 48, 24},
	{0x0406, 49, 25}, {0x0303, 51, 26}, {0x0240, 52, 27}, {0x01b1, 54, 28}, {0x0144, 56, 29}, {0x00f5, 57, 30},
	{0x00b7, 59, 31}, {0x008a, 60, 32}, {0x0068, 62, 33}, {0x004e, 63, 34}, {0x003b, 32, 35}, {0x002c, 33, 9},
	{0x5ae1, 37 | 0x80, 37}, {0x484c, 64, 38}, {0x3a0d, 65, 39}, {0x2ef1, 67, 40}, {0x261f, 68, 41}, {0x1f33, 69, 42},
	{0x19a8, 70, 43}, {0x1518, 72, 44}, {0x1177, 73, 45}, {0x0e74, 74, 46}, {0x0bfb, 75, 47}, {0x09f8, 77, 48},
	{0x0861, 78, 49}, {0x0706, 79, 50}, {0x05cd, 48, 51}, {0x04de, 50, 52}, {0x040f, 50, 53}, {0x0363, 51, 54},
	{0x02d4, 52, 55}, {0x025c, 53, 56}, {0x01f8, 54, 57}, {0x01a4, 55, 58}, {0x0160, 56, 59}, {0x0125, 57, 60},
	{0x00f6, 58, 61}, {0x00cb, 59, 62}, {0x00ab, 61, 63}, {0x008f, 61, 32}, {0x5b12, 65 | 0x80, 65}, {0x4d04, 80, 66},
	{0x412c, 81, 67}, {0x37d8, 82, 68}, {0x2fe8, 83, 69}, {0x293c, 84, 70}, {0x2379, 86, 71}, {0x1edf, 87, 72},
	{0x1aa9, 87, 73}, {0x174e, 72, 74}, {0x1424, 72, 75}, {0x119c, 74, 76}, {0x0f6b, 74, 77}, {0x0d51, 75, 78},
	{0x0bb6, 77, 79}, {0x0a40, 77, 48}, {0x5832, 80 | 0x80, 81}, {0x4d1c, 88, 82}, {0x438e, 89, 83}, {0x3bdd, 90, 84},
	{0x34ee, 91, 85}, {0x2eae, 92, 86}, {0x299a, 93, 87}, {0x2516, 86, 71}, {0x5570, 88 | 0x80, 89}, {0x4ca9, 95, 90},
	{0x44d9, 96, 91}, {0x3e22, 97, 92}, {0x3824, 99, 93}, {0x32b4, 99, 94}, {0x2e17, 93, 86}, {0x56a8, 95 | 0x80, 96},
	{0x4f46, 101, 97}, {0x47e5, 102, 98}, {0x41cf, 103, 99}, {0x3c3d, 104, 100}, {0x375e, 99, 93}, {0x5231, 105, 102},
	{0x4c0f, 106, 103}, {0x4639, 107, 104}, {0x415e, 103, 99}, {0x5627, 105 | 0x80, 106}, {0x50e7, 108, 107}, {0x4b85, 109, 103},
	{0x5597, 110, 109}, {0x504f, 111, 107}, {0x5a10, 110 | 0x80, 111}, {0x5522, 112, 109}, {0x59eb, 112 | 0x80, 111}, {0x5a1d, 113, 113},
}
