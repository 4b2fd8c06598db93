package jpeg

import (
	"image"
	"slices"
)

// Rows gives the rows of a part of the picture, which must lie within it, from
// top to bottom: pixels of red, green, blue and 255 from the lowest byte on. A
// row is valid until use returns. Coded data is read to its end whatever the part.
// What was wrong with the file, but is no error, is listed, each kind once. After an
// error there were no rows.
func (m *Image) Rows(r image.Rectangle, use func(row []uint32)) (warnings []string, err error) {
	d := pool.Get().(*decoder)
	defer d.release()
	if err := d.reset(m, r); err != nil {
		return nil, err
	}
	if err := d.decode(m); err != nil {
		return nil, err
	}
	out := make([]uint32, r.Dx())
	var rows [4][]byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for i := range m.components {
			rows[i] = d.row(i, y, r)
		}
		m.colors.convert(out, &rows)
		use(out)
	}
	return d.warnings, nil
}

// row is a row of a component in the resolution of the picture. Where it is half
// of that, a sample counts three times and its nearer neighbour once, across and
// down; other ratios, and pictures that are too narrow, repeat samples.
func (d *decoder) row(i, y int, r image.Rectangle) []byte {
	c, p := &d.components[i], &d.planes[i]
	h, v := d.h/c.h, d.v/c.v
	left := 8 * p.blocks.Min.X
	if h == 1 && v == 1 {
		return p.row(y)[r.Min.X-left:][:r.Dx()]
	}
	d.rows[i] = slices.Grow(d.rows[i][:0], r.Dx()+2)
	out := d.rows[i][:r.Dx()+2]
	if smooth := h <= 2 && v == 2 || h == 2 && v == 1; !smooth || h == 2 && c.size.X <= 2 {
		for x := range r.Dx() {
			out[x] = p.row(y / v)[(r.Min.X+x)/h-left]
		}
		return out[:r.Dx()]
	}
	near, far := y, y
	if v == 2 {
		near, far = y/2, min(max(y/2-1+y%2*2, 0), c.size.Y-1)
	}
	nearer, farther := p.row(near), p.row(far)
	if h == 1 {
		nearer, farther, out = nearer[r.Min.X-left:][:r.Dx()], farther[r.Min.X-left:][:r.Dx()], out[:r.Dx()]
		half := 1 + int32(y%2)
		for x := range out {
			out[x] = byte((3*int32(nearer[x]) + int32(farther[x]) + half) >> 2)
		}
		return out
	}
	shift, even, odd := 2, int32(1), int32(2)
	if v == 2 {
		shift, even, odd = 4, 8, 7
	}
	sum := func(x int) int32 {
		x = min(max(x, 0), c.size.X-1) - left
		if v == 2 {
			return 3*int32(nearer[x]) + int32(farther[x])
		}
		return int32(nearer[x])
	}
	first := r.Min.X / 2
	before, here := sum(first-1), sum(first)
	for k := 0; k < r.Dx()+r.Min.X%2; k += 2 {
		after := sum(first + k/2 + 1)
		out[k] = byte((3*here + before + even) >> shift)
		out[k+1] = byte((3*here + after + odd) >> shift)
		before, here = here, after
	}
	return out[r.Min.X%2:][:r.Dx()]
}

// row is the part of row y, in samples of the whole picture.
func (p *plane) row(y int) []byte {
	return p.samples[(y-8*p.blocks.Min.Y)*p.stride:][:p.stride]
}
