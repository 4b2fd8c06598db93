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
// are kept between columns and rows.
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

func clip(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31))
	}
	return byte(v)
}
