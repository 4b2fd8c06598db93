package jpeg

// Cosines of Loeffler, Ligtenberg and Moschytz 1989, in units of 2^-13.
const (
	c0298 = 2446
	c0390 = 3196
	c0541 = 4433
	c0765 = 6270
	c0899 = 7373
	c1175 = 9633
	c1501 = 12299
	c1847 = 15137
	c1961 = 16069
	c2053 = 16819
	c2562 = 20995
	c3072 = 25172
)

// transform writes the 8x8 samples of a block's coefficients, of which those
// after the last in zigzag order are zero. Rounding is libjpeg's: two more bits
// are kept between columns and rows. It is exact for tame coefficients only.
func transform(b *[64]int32, last int, dst []byte, stride int) {
	if last == 0 {
		v := clip((b[0]<<2+1<<4)>>5 + 128)
		for range 8 {
			row := dst[:8:8]
			for i := range row {
				row[i] = v
			}
			dst = dst[min(stride, len(dst)):]
		}
		return
	}
	if last < 10 {
		transformLow(b, dst, stride)
		return
	}
	for x := range 8 {
		c := b[x : x+57 : x+57]
		if c[8]|c[16]|c[24]|c[32]|c[40]|c[48]|c[56] == 0 {
			v := c[0] << 2
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = v, v, v, v, v, v, v, v
			continue
		}
		e0, e1, e2, e3, o0, o1, o2, o3 := butterfly(c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56])
		const half, shift = 1 << 10, 11
		c[0], c[56] = (e0+o0+half)>>shift, (e0-o0+half)>>shift
		c[8], c[48] = (e1+o1+half)>>shift, (e1-o1+half)>>shift
		c[16], c[40] = (e2+o2+half)>>shift, (e2-o2+half)>>shift
		c[24], c[32] = (e3+o3+half)>>shift, (e3-o3+half)>>shift
	}
	for y := range 8 {
		r, row := b[8*y:8*y+8:8*y+8], dst[:8:8]
		e0, e1, e2, e3, o0, o1, o2, o3 := butterfly(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
		const half, shift = 1<<17 + 128<<18, 18
		row[0], row[7] = clip((e0+o0+half)>>shift), clip((e0-o0+half)>>shift)
		row[1], row[6] = clip((e1+o1+half)>>shift), clip((e1-o1+half)>>shift)
		row[2], row[5] = clip((e2+o2+half)>>shift), clip((e2-o2+half)>>shift)
		row[3], row[4] = clip((e3+o3+half)>>shift), clip((e3-o3+half)>>shift)
		dst = dst[min(stride, len(dst)):]
	}
}

// butterfly is the inverse transform of eight coefficients as its even and its
// odd part: their sums are samples 0 to 3, their differences 7 to 4.
func butterfly(x0, x1, x2, x3, x4, x5, x6, x7 int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	z := (x2 + x6) * c0541
	a, b := z+x2*c0765, z-x6*c1847
	s, d := (x0+x4)<<13, (x0-x4)<<13
	e0, e1, e2, e3 = s+a, d+b, d-b, s-a

	z1, z2, z3, z4 := -c0899*(x7+x1), -c2562*(x5+x3), x7+x3, x5+x1
	z5 := (z3 + z4) * c1175
	z3, z4 = z5-c1961*z3, z5-c0390*z4
	o0, o1, o2, o3 = c1501*x1+z1+z4, c3072*x3+z2+z3, c2053*x5+z2+z4, c0298*x7+z1+z3
	return
}

// transformLow is transform for coefficients in the first four rows and columns.
func transformLow(b *[64]int32, dst []byte, stride int) {
	for x := range 4 {
		c := b[x : x+57 : x+57]
		e0, e1, e2, e3, o0, o1, o2, o3 := butterflyLow(c[0], c[8], c[16], c[24])
		const half, shift = 1 << 10, 11
		c[0], c[56] = (e0+o0+half)>>shift, (e0-o0+half)>>shift
		c[8], c[48] = (e1+o1+half)>>shift, (e1-o1+half)>>shift
		c[16], c[40] = (e2+o2+half)>>shift, (e2-o2+half)>>shift
		c[24], c[32] = (e3+o3+half)>>shift, (e3-o3+half)>>shift
	}
	for y := range 8 {
		r, row := b[8*y:8*y+4:8*y+4], dst[:8:8]
		e0, e1, e2, e3, o0, o1, o2, o3 := butterflyLow(r[0], r[1], r[2], r[3])
		const half, shift = 1<<17 + 128<<18, 18
		row[0], row[7] = clip((e0+o0+half)>>shift), clip((e0-o0+half)>>shift)
		row[1], row[6] = clip((e1+o1+half)>>shift), clip((e1-o1+half)>>shift)
		row[2], row[5] = clip((e2+o2+half)>>shift), clip((e2-o2+half)>>shift)
		row[3], row[4] = clip((e3+o3+half)>>shift), clip((e3-o3+half)>>shift)
		dst = dst[min(stride, len(dst)):]
	}
}

// butterflyLow is butterfly with the upper four coefficients zero.
func butterflyLow(x0, x1, x2, x3 int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	a, b, s, z := x2*(c0541+c0765), x2*c0541, x0<<13, (x1+x3)*c1175
	return s + a, s + b, s - b, s - a,
		z + x1*(c1501-c0899-c0390), z + x3*(c3072-c2562-c1961), z - x1*c0390 - x3*c2562, z - x1*c0899 - x3*c1961
}

func clip(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31))
	}
	return byte(v)
}

// tame is what the squares of the coefficients of a block may add up to so that all
// sums of them have the 16 bits in which libjpeg-turbo keeps them: of those of a
// column no sample between columns and rows is more than 4*sqrt(8) times the root,
// and two such samples are added. Samples of 8 bits make no more than half of it.
const tame = 1448 * 1448

func square(v int32) int { return int(v) * int(v) }

// transformAny is transform for all coefficients, as vector units compute it: it
// keeps 16 bits of products and of sums before they are multiplied, and the nearest
// 16-bit number between columns and rows. Only damaged or contrived data gets there.
func transformAny(b *[64]int32, dst []byte, stride int) {
	var work [64]int32
	flat := true
	for i, v := range b {
		work[i] = int32(int16(v))
		flat = flat && (i < 8 || work[i] == 0)
	}
	for x := range 8 {
		c := work[x:]
		if flat {
			v := int32(int16(c[0] << 2))
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = v, v, v, v, v, v, v, v
			continue
		}
		out := wrapped([8]int32{c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56]})
		for i, v := range out {
			c[8*i] = min(max((v+1<<10)>>11, -1<<15), 1<<15-1)
		}
	}
	for y := range 8 {
		out := wrapped([8]int32(work[8*y:]))
		for x, v := range out {
			dst[y*stride+x] = clip((v+1<<17)>>18 + 128)
		}
	}
}

// wrapped is the inverse transform of eight coefficients of 16 bits, some sums of
// which have 16 bits too.
func wrapped(x [8]int32) [8]int32 {
	short := func(v int32) int32 { return int32(int16(v)) }
	z := (x[2] + x[6]) * c0541
	a, b := z+x[2]*c0765, z-x[6]*c1847
	s, d := short(x[0]+x[4])<<13, short(x[0]-x[4])<<13
	z1, z2, z3, z4 := -c0899*(x[7]+x[1]), -c2562*(x[5]+x[3]), short(x[7]+x[3]), short(x[5]+x[1])
	z5 := (z3 + z4) * c1175
	z3, z4 = z5-c1961*z3, z5-c0390*z4
	o0, o1, o2, o3 := c1501*x[1]+z1+z4, c3072*x[3]+z2+z3, c2053*x[5]+z2+z4, c0298*x[7]+z1+z3
	return [8]int32{s + a + o0, d + b + o1, d - b + o2, s - a + o3, s - a - o3, d - b - o2, d + b - o1, s + a - o0}
}
