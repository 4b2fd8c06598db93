package jpeg

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"
)

// padding is zeros after the coded units: more than a block can take.
const padding = 256

// reader takes blocks of coefficients from coded units.
type reader struct {
	data  []byte   // without stuffing, with padding
	end   int      // of the units up to a restart
	next  int      // the byte to read next
	word  uint64   // bits that were read, from the top
	count uint     // how many
	dc    [3]int32 // the last block's first coefficient, of each component
}

// unstuff takes the zeros out that follow a byte of ones in the coded units, and
// the markers where they restart. It puts what is left into buffer, with padding,
// and says where the parts end.
func (m *Image) unstuff(buffer []byte) (data []byte, ends []int, ok bool) {
	data = slices.Grow(buffer[:0], len(m.scan)+padding)
	for rest := m.scan; ; {
		i := bytes.IndexByte(rest, 0xff)
		if i < 0 || i+1 >= len(rest) {
			return data, nil, false
		}
		data = append(data, rest[:i]...)
		marker := rest[i+1]
		rest = rest[i+2:]
		switch {
		case marker == 0:
			data = append(data, 0xff)
		case marker == 0xd9:
			return append(data, make([]byte, padding)...), append(ends, len(data)), true
		case m.interval > 0 && marker == 0xd0+byte(len(ends)%8):
			ends = append(ends, len(data))
		default:
			return data, nil, false
		}
	}
}

// overrun says that more was taken than there was.
func (r *reader) overrun() bool { return r.next-int(r.count/8) > r.end }

// zigzag is where in a block each coefficient belongs.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// block reads the coefficients of a block, multiplied by the component's factors
// but for the first, and says where in zigzag order the last is. This is where
// most of the time goes: what the loop needs is in variables of its own, and the
// masks keep Go from checking what cannot be.
func (r *reader) block(c *component, b *[64]int32) (last int, ok bool) {
	*b = [64]int32{}
	data, next, word, count := r.data, r.next, r.word, r.count
	t := c.dc
	for k := 0; k < 64; k++ {
		if count < 32 { // a code and its number may take 31 bits
			word |= uint64(binary.BigEndian.Uint32(data[next:])) << (32 - count)
			next, count = next+4, count+32
		}
		e := t.quick[word>>(64-quick)]
		if e.length() == 0 {
			if e = t.find(word); e.length() == 0 {
				return 0, false
			}
		}
		word <<= e.length() & 63
		count -= e.length()
		number := e.number()
		if bits := e.bits(); bits > 0 {
			number = signed(uint32(word>>((64-bits)&63)), bits)
			word <<= bits
			count -= bits
		}
		if k == 0 {
			b[0], t = number, c.ac
			continue
		}
		if k += e.zeros(); k > 63 {
			if e.zeros() == end {
				break
			}
			return 0, false
		}
		b[zigzag[k&63]&63] = number * c.quant[k&63]
		last = k
	}
	r.next, r.word, r.count = next, word, count
	return last, !r.overrun()
}

// planes are samples of the components in a part of the picture.
type planes struct {
	buffer []byte // of the coded units
	pixels [3]plane
	rows   [3][]byte // of one row, in full resolution
}

type plane struct {
	samples []byte
	stride  int
	bounds  image.Rectangle // in samples of the component's own
}

// decode computes the samples of the units that r touches.
func (m *Image) decode(p *planes, r image.Rectangle) bool {
	unit := image.Pt(8*m.h, 8*m.v)
	across, down := (m.size.X+unit.X-1)/unit.X, (m.size.Y+unit.Y-1)/unit.Y
	blocks, interval := 0, m.interval
	for _, c := range m.components {
		blocks += across * down * c.h * c.v
	}
	if interval == 0 {
		interval = across * down
	}
	// A block takes two bits at least: no memory is taken for what cannot be.
	if blocks > 4*len(m.scan) {
		return false
	}
	data, ends, ok := m.unstuff(p.buffer)
	p.buffer = data
	if !ok || len(ends) != (across*down+interval-1)/interval {
		return false
	}
	wanted := image.Rect(r.Min.X/unit.X, r.Min.Y/unit.Y, (r.Max.X+unit.X-1)/unit.X, (r.Max.Y+unit.Y-1)/unit.Y)
	for i, c := range m.components {
		p.pixels[i].reset(image.Rect(c.h*wanted.Min.X, c.v*wanted.Min.Y, c.h*wanted.Max.X, c.v*wanted.Max.Y))
	}
	from := reader{data: data}
	for n := range across * down {
		if n%interval == 0 {
			from = reader{data: data, next: from.end, end: ends[n/interval]}
		}
		at := image.Pt(n%across, n/across)
		if !m.unit(&from, p, at, at.In(wanted)) {
			return false
		}
	}
	return true
}

// unit reads the blocks of a unit, and computes their samples if they are wanted.
func (m *Image) unit(from *reader, p *planes, at image.Point, wanted bool) bool {
	var b [64]int32
	for i := range m.components {
		c, q := &m.components[i], &p.pixels[i]
		for k := range c.h * c.v {
			last, ok := from.block(c, &b)
			if !ok {
				return false
			}
			from.dc[i] += b[0]
			if wanted {
				b[0] = from.dc[i] * c.quant[0]
				left, top := 8*(at.X*c.h+k%c.h)-q.bounds.Min.X, 8*(at.Y*c.v+k/c.h)-q.bounds.Min.Y
				transform(&b, last, q.samples[top*q.stride+left:], q.stride)
			}
		}
	}
	return true
}

// reset makes room for these blocks.
func (q *plane) reset(blocks image.Rectangle) {
	q.bounds = image.Rectangle{blocks.Min.Mul(8), blocks.Max.Mul(8)}
	q.stride = q.bounds.Dx()
	q.samples = slices.Grow(q.samples[:0], q.stride*q.bounds.Dy())[:q.stride*q.bounds.Dy()]
}
