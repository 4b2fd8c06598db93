// Package jpeg reads baseline JPEG files, the kind of nearly all photographs, to
// the bytes that libjpeg makes of them, and of a file no more pixels than are
// asked for.
//
// It follows ITU-T T.81. What it leaves out (progressive files, CMYK, rare ways
// of subsampling) and what is damaged is for image/jpeg.
package jpeg

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
)

// ErrOther is the error of a file that is damaged or not of the kind that is
// read here; image/jpeg may read it.
var ErrOther = errors.New("jpeg: no baseline picture, or a damaged one")

// Image is a file whose header has been read.
type Image struct {
	size       image.Point
	components []component // one of gray, or three
	h, v       int         // blocks of the finest component across and down a unit
	interval   int         // units between restarts; 0 means none
	scan       []byte      // the coded units and what follows
}

// component is the brightness or one of the two differences of colours.
type component struct {
	id, tq byte       // its name and that of its quants
	h, v   int        // blocks across and down a unit
	quant  *[64]int32 // what coefficients are multiples of, in zigzag order
	dc, ac *table
}

// Size is the width and height of the picture.
func (m *Image) Size() image.Point { return m.size }

// header is what the segments before the scan have said.
type header struct {
	Image
	quants [4]*[64]int32
	tables [2][4]*table // of DC and AC coefficients
}

// Parse reads the header of a file, which must not change while the Image is in
// use. Its only error is ErrOther.
func Parse(data []byte) (*Image, error) {
	var h header
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return nil, ErrOther
	}
	for data = data[2:]; len(data) >= 4 && data[0] == 0xff; {
		marker, length := data[1], int(binary.BigEndian.Uint16(data[2:]))
		if marker == 0xff { // fill
			data = data[1:]
			continue
		}
		if length < 2 || length > len(data)-2 {
			return nil, ErrOther
		}
		segment := data[4 : 2+length]
		data = data[2+length:]
		ok := true
		switch {
		case marker == 0xdb:
			ok = h.quantization(segment)
		case marker == 0xc4:
			ok = h.huffman(segment)
		case marker == 0xc0 || marker == 0xc1:
			ok = h.frame(segment)
		case marker == 0xdd:
			if ok = len(segment) == 2; ok {
				h.interval = int(binary.BigEndian.Uint16(segment))
			}
		case marker == 0xda:
			if !h.start(segment) {
				return nil, ErrOther
			}
			h.scan = data
			return &h.Image, nil
		case marker == 0xee && len(segment) >= 12 && string(segment[:5]) == "Adobe":
			ok = segment[11] == 1 // else the colours are other ones
		case marker == 0xfe || marker >= 0xe0 && marker <= 0xef:
		default:
			ok = false
		}
		if !ok {
			return nil, ErrOther
		}
	}
	return nil, ErrOther
}

func (h *header) quantization(b []byte) bool {
	for len(b) > 0 {
		wide, id, n := b[0]>>4, b[0]&15, 1+64
		if wide > 0 {
			n += 64
		}
		if wide > 1 || id > 3 || len(b) < n {
			return false
		}
		var q [64]int32
		for i := range q {
			if wide > 0 {
				q[i] = int32(binary.BigEndian.Uint16(b[1+2*i:]))
			} else {
				q[i] = int32(b[1+i])
			}
		}
		h.quants[id], b = &q, b[n:]
	}
	return true
}

func (h *header) huffman(b []byte) bool {
	for len(b) > 0 {
		class, id := b[0]>>4, b[0]&15
		if class > 1 || id > 3 || len(b) < 17 {
			return false
		}
		n := 0
		for _, count := range b[1:17] {
			n += int(count)
		}
		if n > 256 || len(b) < 17+n {
			return false
		}
		t := newTable(class == 1, b[1:17], b[17:17+n])
		if t == nil {
			return false
		}
		h.tables[class][id], b = t, b[17+n:]
	}
	return true
}

func (h *header) frame(b []byte) bool {
	if len(b) < 6 || b[0] != 8 || h.components != nil {
		return false
	}
	h.size = image.Pt(int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:])))
	n := int(b[5])
	if h.size.X < 1 || h.size.Y < 1 || n != 1 && n != 3 || len(b) != 6+3*n {
		return false
	}
	for b = b[6:]; len(b) > 0; b = b[3:] {
		c := component{id: b[0], tq: b[2], h: int(b[1] >> 4), v: int(b[1] & 15)}
		if c.tq > 3 || c.h < 1 || c.h > 2 || c.v < 1 || c.v > 2 {
			return false
		}
		if n == 1 { // there is nothing to interleave
			c.h, c.v = 1, 1
		}
		h.components = append(h.components, c)
		h.h, h.v = max(h.h, c.h), max(h.v, c.v)
	}
	if n == 3 && string([]byte{h.components[0].id, h.components[1].id, h.components[2].id}) == "RGB" {
		return false
	}
	for _, c := range h.components {
		// Doubled in height alone, or too narrow to be smoothed.
		if c.v < h.v && c.h == h.h || c.h < h.h && (h.size.X+1)/2 <= 2 {
			return false
		}
	}
	return true
}

// start reads the header of the scan, which must be the only one.
func (h *header) start(b []byte) bool {
	n := len(h.components)
	if n == 0 || len(b) != 4+2*n || int(b[0]) != n || b[1+2*n] != 0 || b[2+2*n] != 63 || b[3+2*n] != 0 {
		return false
	}
	for i := range h.components {
		c, id, which := &h.components[i], b[1+2*i], b[2+2*i]
		if id != c.id || which>>4 > 3 || which&15 > 3 {
			return false
		}
		c.quant, c.dc, c.ac = h.quants[c.tq], h.tables[0][which>>4], h.tables[1][which&15]
		if c.quant == nil || c.dc == nil || c.ac == nil {
			return false
		}
	}
	return true
}
