package jpeg

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
)

// header is what the markers so far have said.
type header struct {
	size                    image.Point
	progressive, arithmetic bool
	components              []component
	h, v                    int         // blocks of the finest component across and down a unit
	units                   image.Point // units across and down the picture
	colors                  colors
	interval                int // units between restarts; 0 means none
	quants                  [4]*[64]int32
	codes                   [2][4]*code    // of DC and AC coefficients
	conditions              [16]conditions // of arithmetic coding
	scans                   scan           // the last header of a scan
	jfif, adobe             bool           // such segments were seen
	transform               byte           // what Adobe's says
	warnings
}

// component is the brightness, one of the two differences of colours, or an ink.
type component struct {
	id, tq byte        // its name and that of its quants
	h, v   int         // blocks across and down a unit
	size   image.Point // samples that count
	blocks image.Point // blocks that have such
	padded image.Point // blocks that fill the units
}

// scan is the header of a scan: which components it has (the first n), with which
// tables, and which coefficients and bits of them.
type scan struct {
	n           int
	components  [4]int
	dc, ac      [4]byte
	first, last int
	high, low   uint
}

// Markers.
const (
	ends         = 0 // no marker: the data is at its end
	startOfScan  = 0xda
	endOfImage   = 0xd9
	firstRestart = 0xd0
	lastRestart  = 0xd7
)

// seek finds the next marker from at on, and where it ends.
func (h *header) seek(data []byte, at int) (marker byte, next int) {
	marker, next, skipped := seek(data, at)
	if skipped {
		h.warn("bytes between segments")
	}
	return marker, next
}

func seek(data []byte, at int) (marker byte, next int, skipped bool) {
	for ; at < len(data); at++ {
		if data[at] != 0xff {
			skipped = true
			continue
		}
		for at < len(data) && data[at] == 0xff { // fill
			at++
		}
		if at < len(data) && data[at] != 0 {
			return data[at], at + 1, skipped
		}
		skipped = true
	}
	return ends, len(data), skipped
}

// reset sets what holds until a marker says otherwise.
func (h *header) reset() {
	for i := range h.conditions {
		h.conditions[i] = conditions{small: 0, large: 1, low: 5}
	}
}

// read reads the segment of a marker, from at on, and says where it ends.
func (h *header) read(data []byte, at int, marker byte) (int, error) {
	switch {
	case marker == 0x01 || marker >= firstRestart && marker <= lastRestart:
		return at, nil // there is nothing to them
	case marker == 0xd8:
		return 0, damaged("it begins twice")
	case marker == 0xc3 || marker == 0xcb:
		return 0, errors.New("lossless JPEG files are not supported")
	case marker >= 0xc5 && marker <= 0xc7 || marker >= 0xcd && marker <= 0xcf || marker == 0xde || marker == 0xdf:
		return 0, errors.New("hierarchical JPEG files are not supported")
	case marker < 0xc0 || marker == 0xc8 || marker >= 0xf0 && marker <= 0xfd:
		return 0, errors.Errorf("damaged picture: unknown marker %#x", marker)
	}
	if len(data)-at < 2 {
		return 0, errTruncated
	}
	length := max(2, int(binary.BigEndian.Uint16(data[at:])))
	if length > len(data)-at {
		return 0, errTruncated
	}
	segment := data[at+2 : at+length]
	ok := true
	switch marker {
	case 0xdb:
		ok = h.quantization(segment)
	case 0xc4:
		ok = h.huffman(segment)
	case 0xcc:
		ok = h.conditioning(segment)
	case 0xc0, 0xc1, 0xc2, 0xc9, 0xca:
		h.progressive, h.arithmetic = marker == 0xc2 || marker == 0xca, marker >= 0xc9
		if len(segment) > 0 && segment[0] != 8 {
			return 0, errors.Errorf("JPEG files of %d bits a sample are not supported, only those of 8", segment[0])
		}
		ok = h.frame(segment)
	case 0xdd:
		if ok = len(segment) == 2; ok {
			h.interval = int(binary.BigEndian.Uint16(segment))
		}
	case startOfScan:
		ok = h.start(segment)
	case 0xe0:
		h.jfif = h.jfif || len(segment) >= 14 && string(segment[:5]) == "JFIF\x00"
	case 0xee:
		if len(segment) >= 12 && string(segment[:5]) == "Adobe" {
			h.adobe, h.transform = true, segment[11]
		}
	}
	if !ok {
		return 0, errors.Errorf("damaged picture: the segment of marker %#x makes no sense", marker)
	}
	return at + length, nil
}

func (h *header) quantization(b []byte) bool {
	for len(b) > 0 {
		wide, id, n := b[0]>>4, b[0]&15, 1+64
		if wide > 0 {
			n += 64
		}
		if id > 3 || len(b) < n {
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
	for len(b) > 16 {
		class, id := b[0]>>4, b[0]&15
		n := 0
		for _, count := range b[1:17] {
			n += int(count)
		}
		if class > 1 || id > 3 || n > 256 || len(b) < 17+n {
			return false
		}
		h.codes[class][id], b = newCode(b[1:17], b[17:17+n]), b[17+n:]
	}
	return len(b) == 0
}

func (h *header) conditioning(b []byte) bool {
	for ; len(b) >= 2; b = b[2:] {
		id, v := b[0], b[1]
		switch c := &h.conditions[id&15]; {
		case id > 31 || id < 16 && v&15 > v>>4:
			return false
		case id < 16:
			c.small, c.large = v&15, v>>4
		default:
			c.low = int(v)
		}
	}
	return len(b) == 0
}

func (h *header) frame(b []byte) bool {
	if len(b) < 6 || h.components != nil {
		return false
	}
	h.size = image.Pt(int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:])))
	n := int(b[5])
	if n < 1 || len(b) != 6+3*n {
		return false
	}
	for b = b[6:]; len(b) > 0; b = b[3:] {
		c := component{id: b[0], tq: b[2], h: int(b[1] >> 4), v: int(b[1] & 15)}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return false
		}
		h.components = append(h.components, c)
		h.h, h.v = max(h.h, c.h), max(h.v, c.v)
	}
	h.units = image.Pt(ratio(h.size.X, 1, 8*h.h), ratio(h.size.Y, 1, 8*h.v))
	for i := range h.components {
		c := &h.components[i]
		c.size = image.Pt(ratio(h.size.X, c.h, h.h), ratio(h.size.Y, c.v, h.v))
		c.blocks = image.Pt(ratio(h.size.X, c.h, 8*h.h), ratio(h.size.Y, c.v, 8*h.v))
		c.padded = image.Pt(h.units.X*c.h, h.units.Y*c.v)
	}
	return true
}

// ratio is n*a/b, rounded up.
func ratio(n, a, b int) int { return (n*a + b - 1) / b }

// check refuses what cannot be decoded, once all is known.
func (h *header) check() error {
	if h.size.X < 1 || h.size.Y < 1 { // the height may come after the scan, but libjpeg looks no further either
		return errors.Errorf("a picture of %dx%d has no pixels", h.size.X, h.size.Y)
	}
	switch n := len(h.components); n {
	case 1, 3, 4:
	default:
		return errors.Errorf("JPEG files of %d components are not supported, only those of 1, 3 and 4", n)
	}
	for _, c := range h.components {
		if h.h%c.h != 0 || h.v%c.v != 0 {
			return errors.Errorf("JPEG files with samples %dx%d to %dx%d pixels are not supported, only whole ratios", c.h, c.v, h.h, h.v)
		}
	}
	return nil
}

// start reads the header of a scan. As in libjpeg, components have the order of the
// frame, and a name that several have stands for the first that is left.
func (h *header) start(b []byte) bool {
	if len(b) < 1 || b[0] < 1 || b[0] > 4 || len(b) != 4+2*int(b[0]) {
		return false
	}
	s := scan{n: int(b[0])}
	taken := [4]bool{}
	for i := range s.n {
		id, tables := b[1+2*i], b[2+2*i]
		at := -1
		for k, c := range h.components[:min(4, len(h.components))] {
			if c.id == id && k >= i && !taken[k] {
				at = k
				break
			}
		}
		if at < 0 {
			return false
		}
		taken[at] = true
		s.components[i], s.dc[i], s.ac[i] = at, tables>>4, tables&15
	}
	rest := b[1+2*s.n:]
	s.first, s.last, s.high, s.low = int(rest[0]), int(rest[1]), uint(rest[2]>>4), uint(rest[2]&15)
	h.scans = s
	return true
}
