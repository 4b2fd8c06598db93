package jpeg

// colors is what the components are.
type colors int

const (
	gray       colors = iota
	lumaChroma        // brightness and differences, as JFIF has them
	redGreenBlue
	inks            // cyan, magenta, yellow and black, of which 255 is none
	lumaChromaBlack // the same with brightness and differences in place of the first three
)

// guess says what the components are, from the segments that were seen and from
// their names, as libjpeg does.
func (h *header) guess() {
	switch n := len(h.components); {
	case n == 1:
		h.colors = gray
	case n == 3:
		h.colors = lumaChroma
		names := string([]byte{h.components[0].id, h.components[1].id, h.components[2].id})
		if !h.jfif && (h.adobe && h.transform == 0 || !h.adobe && names == "RGB") {
			h.colors = redGreenBlue
		}
		if !h.jfif && h.adobe && h.transform > 1 {
			h.warn("colours of an unknown kind")
		}
	case n == 4 && h.adobe && h.transform > 0:
		h.colors = lumaChromaBlack
		if h.transform != 2 {
			h.warn("colours of an unknown kind")
		}
	default:
		h.colors = inks
	}
}

// convert makes pixels of a row of each component.
func (c colors) convert(dst []uint32, rows *[4][]byte) {
	switch c {
	case gray:
		for i, v := range rows[0] {
			dst[i] = uint32(v)*0x010101 | 0xff000000
		}
	case lumaChroma:
		convert(dst, rows[0], rows[1], rows[2])
	case lumaChromaBlack:
		convert(dst, rows[0], rows[1], rows[2])
		for i, k := range rows[3] {
			v := dst[i]
			dst[i] = printed(^byte(v), k) | printed(^byte(v>>8), k)<<8 | printed(^byte(v>>16), k)<<16 | 0xff000000
		}
	default:
		red, green, blue := rows[0], rows[1][:len(rows[0])], rows[2][:len(rows[0])]
		for i := range red {
			dst[i] = uint32(red[i]) | uint32(green[i])<<8 | uint32(blue[i])<<16 | 0xff000000
		}
		if c == inks {
			for i, k := range rows[3] {
				dst[i] = printed(red[i], k) | printed(green[i], k)<<8 | printed(blue[i], k)<<16 | 0xff000000
			}
		}
	}
}

// printed is what is left of white light by an ink and black, 255 of each being
// none, in the roundings of Pillow.
func printed(ink, black byte) uint32 {
	product := uint32(255-ink)*uint32(black) + 128
	return uint32(black) - (product>>8+product)>>8
}

// convert turns brightness and differences into colours.
func convert(dst []uint32, luma, blue, red []byte) {
	blue, red, dst = blue[:len(luma)], red[:len(luma)], dst[:len(luma)]
	for i := range luma {
		y, cb, cr := int32(luma[i]), int32(blue[i])-128, int32(red[i])-128
		r := y + (91881*cr+1<<15)>>16
		g := y + (-22554*cb-46802*cr+1<<15)>>16
		b := y + (116130*cb+1<<15)>>16
		if uint32(r|g|b) > 255 {
			r, g, b = int32(clip(r)), int32(clip(g)), int32(clip(b))
		}
		dst[i] = uint32(r) | uint32(g)<<8 | uint32(b)<<16 | 0xff000000
	}
}
