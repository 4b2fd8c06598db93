package jpeg

import (
	"image"

	"github.com/pkg/errors"
)

// layout is how the blocks of a scan follow each other: in units from left to right
// and from top to bottom. A scan of one component has a block in each.
type layout struct {
	units       image.Point
	alone       bool
	blocksAbove int // blocks of a unit row of the picture, if alone
}

func (d *decoder) layout() layout {
	if d.scans.n > 1 {
		return layout{units: d.units}
	}
	c := d.components[d.scans.components[0]]
	return layout{c.blocks, true, c.v}
}

// next goes on to the next unit, number n of the scan: to the next restart, where it
// is due. It is an error if the file has ended.
func (d *decoder) next(n int) error {
	if d.interval > 0 && n > 0 && n%d.interval == 0 {
		d.restart()
		if d.arithmetic {
			d.coder.begin(d)
		}
	}
	if d.bits.empty {
		if d.marker == ends {
			return errTruncated
		}
		d.warn("data that ends before a marker should come")
	}
	return nil
}

// sequential reads the only scan, and computes samples as it comes to them.
func (d *decoder) sequential() error {
	l := d.layout()
	wanted := d.planes[0].blocks
	if c := d.components[0]; !l.alone {
		wanted = image.Rect(wanted.Min.X/c.h, wanted.Min.Y/c.v, wanted.Max.X/c.h, wanted.Max.Y/c.v)
	}
	n := 0
	for y := range l.units.Y {
		for x := range l.units.X {
			if err := d.next(n); err != nil {
				return err
			}
			at := image.Pt(x, y)
			d.unit(at, l.alone, at.In(wanted))
			n++
		}
	}
	return nil
}

// unit reads the blocks of a unit, and computes their samples if they are wanted.
func (d *decoder) unit(at image.Point, alone, wanted bool) {
	var b [64]int32
	nothing := d.bits.empty
	for i := range d.components {
		c, p := &d.components[i], &d.planes[i]
		h, v := c.h, c.v
		if alone {
			h, v = 1, 1
		}
		for k := range h * v {
			last, sum := 0, 0
			switch {
			case nothing:
				b[0] = 0
			case d.arithmetic:
				last, sum = d.coder.block(&d.bits, &d.scans, i, p.quant, &b)
			default:
				last, sum = d.bits.block(d.tables[0][i], d.tables[1][i], p.quant, &b)
				d.dc[i] += b[0]
				b[0] = d.dc[i]
			}
			if wanted {
				b[0] = int32(int16(b[0])) * p.quant[0]
				if dst := p.at(at.X*h+k%h, at.Y*v+k/h); sum+square(b[0]) < tame {
					transform(&b, last, dst, p.stride)
				} else {
					transformAny(&b, dst, p.stride)
				}
			}
		}
	}
}

// at is where the samples of a block begin.
func (p *plane) at(x, y int) []byte {
	return p.samples[8*(y-p.blocks.Min.Y)*p.stride+8*(x-p.blocks.Min.X):]
}

// finish looks for the end of a file after its only scan. What is wrong there does
// no harm to the picture, but a second scan means that more was wrong.
func (d *decoder) finish() error {
	if d.bits.bad {
		d.warn("codes that mean nothing")
	}
	if d.bits.empty {
		d.warn("data that ends before a marker should come")
	}
	for {
		switch d.marker {
		case ends:
			if d.bits.cut && d.bits.left() < 8 { // libjpeg looks as far ahead
				return errTruncated
			}
			d.warn("a missing end")
			return nil
		case endOfImage:
			if d.bits.left() > 7 && !d.arithmetic {
				d.warn("data behind the last block")
			}
			return nil
		case startOfScan:
			return damaged("there is a scan too many")
		}
		if err := d.segment(); errors.Is(err, errTruncated) && (d.marker >= 0xe0 || d.marker == 0xdc) {
			d.marker = ends // nothing that counts is lost
		} else if err != nil {
			return err
		}
	}
}

// allocate takes room for all coefficients.
func (d *decoder) allocate() {
	for i, c := range d.components {
		p := &d.planes[i]
		n := 64 * c.padded.X * c.padded.Y
		if cap(p.coefficients) < n {
			p.coefficients = make([]int16, n)
		}
		p.coefficients = p.coefficients[:n]
		clear(p.coefficients)
	}
}

// block is the coefficients of a block.
func (p *plane) block(x, y int, c *component) []int16 {
	return p.coefficients[64*(y*c.padded.X+x):][:64:64]
}

// gather reads a scan into the coefficients.
func (d *decoder) gather() error {
	l := d.layout()
	decode := d.method()
	n := 0
	for y := range l.units.Y {
		for x := range l.units.X {
			if !d.bits.empty {
				d.good = y
				if l.alone {
					d.good = y / l.blocksAbove
				}
			}
			if err := d.next(n); err != nil {
				return err
			}
			n++
			nothing := d.bits.empty
			for k, i := range d.scans.components[:d.scans.n] {
				c, p := &d.components[i], &d.planes[i]
				if l.alone {
					if !nothing {
						decode(k, p.block(x, y, c))
					}
					continue
				}
				for j := range c.h * c.v {
					if !nothing {
						decode(k, p.block(x*c.h+j%c.h, y*c.v+j/c.h, c))
					}
				}
			}
		}
	}
	if d.bits.bad {
		d.warn("codes that mean nothing")
	}
	return nil
}

// method is how blocks of the scan are decoded, those of its component k.
func (d *decoder) method() func(k int, b []int16) {
	s := &d.scans
	switch {
	case !d.progressive:
		return d.all
	case s.first == 0 && s.high == 0:
		if d.arithmetic {
			return func(k int, b []int16) { d.coder.firstDC(&d.bits, s, k, b) }
		}
		return d.firstDC
	case s.first == 0:
		if d.arithmetic {
			return func(_ int, b []int16) { d.coder.refineDC(&d.bits, s, b) }
		}
		return d.refineDC
	case s.high == 0:
		if d.arithmetic {
			return func(_ int, b []int16) { d.coder.firstAC(&d.bits, s, b) }
		}
		return d.firstAC
	default:
		if d.arithmetic {
			return func(_ int, b []int16) { d.coder.refineAC(&d.bits, s, b) }
		}
		return d.refineAC
	}
}

// ones is what coefficients are multiplied by that are only kept.
var ones = func() (q [64]int32) {
	for i := range q {
		q[i] = 1
	}
	return q
}()

// all reads a whole block.
func (d *decoder) all(k int, b []int16) {
	var x [64]int32
	last := 0
	if d.arithmetic {
		last, _ = d.coder.block(&d.bits, &d.scans, k, &ones, &x)
	} else {
		last, _ = d.bits.block(d.tables[0][k], d.tables[1][k], &ones, &x)
		d.dc[k] += x[0]
		x[0] = d.dc[k]
	}
	b[0] = int16(x[0])
	for i := 1; i <= last; i++ {
		if v := x[zigzag[i]]; v != 0 {
			b[i] = int16(v)
		}
	}
}

// transformAll computes the samples from the coefficients.
func (d *decoder) transformAll() {
	smooth := d.smooths()
	var b [64]int32
	var work [64]int16
	for i := range d.components {
		c, p := &d.components[i], &d.planes[i]
		quant := p.quant
		if quant == nil { // no scan has it
			quant = new([64]int32)
		}
		part := p.blocks.Intersect(image.Rectangle{Max: c.blocks})
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				from := p.block(x, y, c)
				if smooth {
					copy(work[:], from)
					d.smooth(i, x, y, &work)
					from = work[:]
				}
				last, sum := 0, 0
				b = [64]int32{int32(from[0]) * quant[0]}
				for k := 1; k < 64; k++ {
					if v := int32(from[k]); v != 0 {
						v *= quant[k]
						b[zigzag[k]&63] = v
						sum += square(v)
						last = k
					}
				}
				if dst := p.at(x, y); sum+square(b[0]) < tame {
					transform(&b, last, dst, p.stride)
				} else {
					transformAny(&b, dst, p.stride)
				}
			}
		}
	}
}
