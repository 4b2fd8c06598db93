package jpeg

import (
	"bytes"
	"image"
	"slices"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(decoder) }}

// decoder reads the scans of a file and computes samples of a part of it.
type decoder struct {
	header
	data   []byte
	at     int    // in data, behind the last marker
	marker byte   // the last marker, which ends the reader's data
	buffer []byte // the reader's data
	bits   reader
	coder  coder
	number byte         // of the next restart, 0 to 7
	run    int          // blocks yet to come of which nothing is coded
	tables [2][4]*table // of the scan's components
	dc     [4]int32     // the last block's first coefficient, of each component
	planes [4]plane
	rows   [4][]byte // of one row, in full resolution
	known  [4]known
	before [4]known // of the last scan but one
	good   int      // the last row of units that has coded data, in the last scan
	count  int      // of scans
}

// plane is what is known of a component in a part of the picture.
type plane struct {
	quant        *[64]int32 // what coefficients are multiples of, in zigzag order
	coefficients []int16    // of the whole picture, block by block, in zigzag order
	samples      []byte
	stride       int
	blocks       image.Rectangle // which the samples are of
}

// reset makes ready for the part r of the picture. It refuses to take memory for what
// cannot be.
func (d *decoder) reset(m *Image, r image.Rectangle) error {
	d.header, d.data, d.at, d.marker = m.header, m.data, m.scan, ends
	d.good, d.count, d.bits.bad = 0, 0, false
	if !d.affordable() {
		return damaged("there is too little data for so many pixels")
	}
	for i, c := range d.components {
		p := &d.planes[i]
		// Colours are smoothed over their neighbours.
		part := r.Inset(-2).Intersect(image.Rectangle{Max: d.size})
		unit := image.Pt(8*d.h, 8*d.v)
		p.blocks = image.Rect(
			part.Min.X/unit.X*c.h, part.Min.Y/unit.Y*c.v,
			ratio(part.Max.X, 1, unit.X)*c.h, ratio(part.Max.Y, 1, unit.Y)*c.v)
		p.stride = 8 * p.blocks.Dx()
		n := 8 * p.stride * p.blocks.Dy()
		p.samples = slices.Grow(p.samples[:0], n)[:n]
		p.quant = nil
		d.known[i], d.before[i] = unknown, unknown
	}
	return nil
}

// affordable tells whether there can be as many blocks as the header says: one takes
// two bits at least, or one bit of a progressive file.
func (d *decoder) affordable() bool {
	blocks, most := 0, 4*(len(d.data)-d.at)
	for _, c := range d.components {
		blocks += c.padded.X * c.padded.Y
	}
	if d.progressive {
		most *= 2
	}
	return d.arithmetic || blocks <= most // arithmetic coding takes as little as it likes
}

// release lets others use the decoder's buffers, but not keep the file.
func (d *decoder) release() {
	d.header, d.data, d.coder.conditions, d.tables = header{}, nil, nil, [2][4]*table{}
	pool.Put(d)
}

// decode computes the samples.
func (d *decoder) decode(m *Image) error {
	if !m.Whole() {
		if err := d.begin(); err != nil {
			return err
		}
		if err := d.sequential(); err != nil {
			return err
		}
		return d.finish()
	}
	d.allocate()
	for {
		if err := d.begin(); err != nil {
			return err
		}
		if err := d.gather(); err != nil {
			return err
		}
		for d.marker != startOfScan {
			if d.marker == ends {
				return errTruncated
			}
			if d.marker == endOfImage {
				d.transformAll()
				return nil
			}
			if err := d.segment(); err != nil {
				return err
			}
		}
		if err := d.segment(); err != nil {
			return err
		}
	}
}

// segment reads the segment of the last marker, and the next marker unless a scan
// begins.
func (d *decoder) segment() (err error) {
	marker := d.marker
	if d.at, err = d.read(d.data, d.at, marker); err == nil && marker != startOfScan {
		d.marker, d.at = d.seek(d.data, d.at)
	}
	return err
}

// begin starts the scan whose header was read last.
func (d *decoder) begin() error {
	d.count++
	s := &d.scans
	blocks := 0
	for _, i := range s.components[:s.n] {
		c, p := &d.components[i], &d.planes[i]
		blocks += c.h * c.v
		if p.quant == nil {
			if c.tq > 3 || d.quants[c.tq] == nil {
				return damaged("a quantization table is missing")
			}
			p.quant = d.quants[c.tq]
		}
	}
	if s.n > 1 && blocks > 10 {
		return damaged("a unit has more than ten blocks")
	}
	if d.progressive {
		if err := d.progress(); err != nil {
			return err
		}
	} else if s.first != 0 || s.last != 63 || s.high != 0 || s.low != 0 {
		d.warn("a sequential scan that says it is progressive")
	}
	if d.arithmetic {
		d.coder.begin(d)
	} else if err := d.derive(); err != nil {
		return err
	}
	d.number = 0
	d.load()
	d.dc, d.run = [4]int32{}, 0
	return nil
}

// derive makes the tables that the scan's components need.
func (d *decoder) derive() error {
	s := &d.scans
	if !d.progressive && d.count == 1 {
		for class := range 2 {
			for id, c := range standard[class] {
				if d.codes[class][id] == nil {
					d.codes[class][id] = c
				}
			}
		}
	}
	d.tables = [2][4]*table{}
	made := [2][4]*table{}
	for k := range s.n {
		for class, id := range [2]byte{s.dc[k], s.ac[k]} {
			if d.progressive && (class == 0 && (s.first > 0 || s.high > 0) || class == 1 && s.first == 0) {
				continue // needs none
			}
			if id > 3 || d.codes[class][id] == nil {
				return damaged("a Huffman table is missing")
			}
			if made[class][id] == nil {
				if made[class][id] = d.codes[class][id].table(class == 1, !d.progressive); made[class][id] == nil {
					return damaged("a Huffman table makes no sense")
				}
			}
			d.tables[class][k] = made[class][id]
		}
	}
	return nil
}

// load makes the bits up to the next marker those to be read. It takes out the
// zeros that follow a byte of ones in coded data.
func (d *decoder) load() {
	data := d.buffer[:0]
	rest := d.data[d.at:]
	for d.marker = ends; d.marker == ends; {
		i := bytes.IndexByte(rest, 0xff)
		if i < 0 {
			data, rest = append(data, rest...), nil
			break
		}
		data = append(data, rest[:i]...)
		for rest = rest[i:]; len(rest) > 0 && rest[0] == 0xff; {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			break
		}
		if d.marker = rest[0]; d.marker == 0 {
			data = append(data, 0xff)
		}
		rest = rest[1:]
	}
	d.at = len(d.data) - len(rest)
	n := len(data)
	d.buffer = append(data, zeros[:]...)
	d.bits.restart(d.buffer, n, d.marker == ends)
}

// restart goes to where coding begins anew. Where the marker found is not the one
// wanted it does what libjpeg does: it skips data up to one that may be it, or
// takes it that there is nothing up to the marker that is there.
func (d *decoder) restart() {
	if d.bits.left() > 7 && !d.arithmetic {
		d.warn("data before a restart")
	}
	want := d.number
	d.number = (want + 1) % 8
	d.dc = [4]int32{}
	d.run = 0
	for {
		m := d.marker
		if is := m >= firstRestart && m <= lastRestart; m != firstRestart+want {
			d.warn("a restart marker that is missing or wrong")
			ahead := (m - firstRestart - want) % 8
			switch {
			case m == ends, m >= 0xc0 && !is, is && (ahead == 1 || ahead == 2):
				// There is nothing before it.
				empty := d.bits.empty
				d.bits.restart(zeros[:], 0, m == ends)
				d.bits.empty = empty || m == ends
				return
			case !is, ahead >= 6:
				d.marker, d.at = d.seek(d.data, d.at)
				continue
			}
		}
		d.load()
		return
	}
}
