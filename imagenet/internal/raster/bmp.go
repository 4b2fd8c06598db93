package raster

import (
	"encoding/binary"
	"image"
	"math/bits"

	"github.com/pkg/errors"
)

// bmpHeader is what a BMP file says of its pixels.
type bmpHeader struct {
	size        image.Point
	topDown     bool
	bits        int
	compression uint32
	masks       [3]uint32 // of red, green and blue
	colours     *palette
	offset      int
}

// Ways of packing.
const (
	bmpRaw    = 0
	bmpRLE8   = 1
	bmpRLE4   = 2
	bmpFields = 3
)

// decodeBMP reads pixels of 1, 4, 8, 16, 24 or 32 bits, run lengths and bit fields.
func decodeBMP(data []byte, check Check) (image.Image, []string, error) {
	h, err := parseBMP(data)
	if err != nil {
		return nil, nil, err
	}
	if err := check(h.size, 8<<10); err != nil {
		return nil, nil, err
	}
	pixels := data[min(h.offset, len(data)):]
	stride := (h.size.X*h.bits + 31) / 32 * 4
	if h.compression == bmpRLE8 || h.compression == bmpRLE4 {
		if pixels, err = h.unpackRuns(pixels); err != nil {
			return nil, nil, err
		}
		stride, h.bits = h.size.X, 8
	}
	if need := (h.size.Y-1)*stride + (h.size.X*h.bits+7)/8; len(pixels) < need {
		return nil, nil, errCut
	}
	m := newCanvas(h.size)
	for y := range h.size.Y {
		row, to := pixels[y*stride:], y
		if !h.topDown {
			to = h.size.Y - 1 - y
		}
		h.row(m, to, row)
	}
	return m.RGBA, nil, nil
}

// row sets a row of pixels.
func (h *bmpHeader) row(m canvas, y int, row []byte) {
	for x := range h.size.X {
		switch h.bits {
		case 24:
			m.put(x, y, row[3*x+2], row[3*x+1], row[3*x])
		case 16:
			h.fields(m, x, y, uint32(binary.LittleEndian.Uint16(row[2*x:])))
		case 32:
			h.fields(m, x, y, binary.LittleEndian.Uint32(row[4*x:]))
		default:
			c := h.colours[unpack(row, x, h.bits)]
			m.put(x, y, c[0], c[1], c[2])
		}
	}
}

// fields spreads the bits of each mask over a byte.
func (h *bmpHeader) fields(m canvas, x, y int, v uint32) {
	var c [3]byte
	for i, mask := range h.masks {
		shift := bits.TrailingZeros32(mask)
		if most := uint64(mask >> shift); most > 0 {
			c[i] = byte(uint64(v&mask>>shift) * 255 / most)
		}
	}
	m.put(x, y, c[0], c[1], c[2])
}

// parseBMP reads the header, of Windows or OS/2, and the palette.
func parseBMP(data []byte) (*bmpHeader, error) {
	const fileHeader = 14
	if len(data) < fileHeader+12 {
		return nil, errCut
	}
	le := binary.LittleEndian
	length := int64(le.Uint32(data[fileHeader:]))
	header := data[fileHeader:]
	h := &bmpHeader{offset: int(le.Uint32(data[10:]))}
	colours, width := 0, 4
	switch length {
	case 12:
		h.size = image.Pt(int(le.Uint16(header[4:])), int(le.Uint16(header[6:])))
		h.bits, width = int(le.Uint16(header[10:])), 3
	case 40, 52, 56, 64, 108, 124:
		if int64(len(header)) < length {
			return nil, errCut
		}
		h.size = image.Pt(int(le.Uint32(header[4:])), int(le.Uint32(header[8:])))
		if header[11] == 0xff { // negative
			h.topDown, h.size.Y = true, 1<<32-h.size.Y
		}
		h.bits, h.compression = int(le.Uint16(header[14:])), le.Uint32(header[16:])
		colours = int(le.Uint32(header[32:]))
	default:
		return nil, errors.Errorf("BMP: a header of %d bytes is not read", length)
	}
	switch {
	case h.bits != 1 && h.bits != 4 && h.bits != 8 && h.bits != 16 && h.bits != 24 && h.bits != 32:
		return nil, errors.Errorf("BMP: pixels of %d bits are not read", h.bits)
	case h.compression > bmpFields, h.compression == bmpFields && h.bits < 16,
		h.compression == bmpRLE8 && h.bits != 8, h.compression == bmpRLE4 && h.bits != 4:
		return nil, errors.Errorf("BMP: compression %d of pixels of %d bits is not read", h.compression, h.bits)
	}
	rest := header[length:]
	h.masks = [3]uint32{0xff0000, 0xff00, 0xff}
	if h.bits == 16 {
		h.masks = [3]uint32{0x7c00, 0x3e0, 0x1f}
	}
	if h.compression == bmpFields {
		masks := rest
		if length >= 52 && length != 64 {
			masks = header[40:]
		} else if len(rest) >= 12 {
			rest = rest[12:]
		}
		if len(masks) < 12 {
			return nil, errCut
		}
		own := [3]uint32{le.Uint32(masks), le.Uint32(masks[4:]), le.Uint32(masks[8:])}
		if own != ([3]uint32{}) {
			h.masks = own
		}
	}
	if h.bits <= 8 {
		if colours == 0 {
			colours = 1 << h.bits
		}
		if colours < 0 || colours > 1<<16 {
			return nil, damaged("a palette of %d colours", colours)
		}
		h.colours = newPalette().set(rest[:min(colours*width, len(rest))], width, true)
		if int64(h.offset) == fileHeader+length { // which forgets the palette
			h.offset += 4 * colours
		}
	}
	if h.offset == 0 {
		h.offset = len(data) - len(rest) + colours*width
	}
	return h, nil
}

// unpackRuns makes a byte a pixel of run lengths. Pixels that are skipped are 0.
func (h *bmpHeader) unpackRuns(data []byte) ([]byte, error) {
	w := h.size.X
	out := make([]byte, w*h.size.Y)
	at, odd := 0, h.offset%2
	set := func(x int, v byte) {
		if x < len(out) {
			out[x] = v
		}
	}
	for i := 0; at < len(out); {
		if i+2 > len(data) {
			return nil, errCut
		}
		n, v := int(data[i]), data[i+1]
		i += 2
		if n > 0 {
			n = min(n, w-at%w)
			for k := range n {
				switch {
				case h.compression == bmpRLE8:
					set(at+k, v)
				case k%2 == 0:
					set(at+k, v>>4)
				default:
					set(at+k, v&15)
				}
			}
			// A row that is full stays the row until its end is marked.
			if at += n; at%w == 0 && i+2 <= len(data) && data[i] == 0 && data[i+1] == 0 {
				i += 2
			}
			continue
		}
		switch v {
		case 0:
			at = (at + w - 1) / w * w
		case 1:
			return out, nil
		case 2:
			if i+2 > len(data) {
				return nil, errCut
			}
			at += int(data[i]) + int(data[i+1])*w
			i += 2
		default:
			n, size := int(v), int(v)
			if h.compression == bmpRLE4 {
				size = (n + 1) / 2
			}
			if i+size > len(data) {
				return nil, errCut
			}
			for k := range n {
				if h.compression == bmpRLE4 {
					set(at+k, unpack(data[i:], k, 4))
				} else {
					set(at+k, data[i+k])
				}
			}
			at += n
			i += size
			if (i+odd)%2 != 0 {
				i++
			}
			if at%w == 0 && i+2 <= len(data) && data[i] == 0 && data[i+1] == 0 {
				i += 2
			}
		}
	}
	return out, nil
}
