package jpeg

import (
	"image"
	"slices"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(planes) }}

// Rows gives the rows of a part of the picture, which must lie within it, from
// top to bottom: pixels of red, green, blue and 255 from the lowest byte on. A
// row is valid until use returns. Coded data is read to its end whatever the part,
// so that damage anywhere is ErrOther; there are no rows then.
func (m *Image) Rows(r image.Rectangle, use func(row []uint32)) error {
	p := pool.Get().(*planes)
	defer pool.Put(p)
	// Colours are smoothed over their neighbours.
	if !m.decode(p, r.Inset(-2).Intersect(image.Rectangle{Max: m.size})) {
		return ErrOther
	}
	out := make([]uint32, r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		if len(m.components) == 1 {
			for i, v := range m.row(p, 0, y, r) {
				out[i] = uint32(v)*0x010101 | 0xff000000
			}
		} else {
			colors(out, m.row(p, 0, y, r), m.row(p, 1, y, r), m.row(p, 2, y, r))
		}
		use(out)
	}
	return nil
}

// colors turns brightness and differences into colours, as JFIF has them.
func colors(dst []uint32, luma, blue, red []byte) {
	blue, red, dst = blue[:len(luma)], red[:len(luma)], dst[:len(luma)]
	for i := range luma {
		y, cb, cr := int32(luma[i]), int32(blue[i])-128, int32(red[i])-128
		r := y + (91881*cr+1<<15)>>16
		g := y + (-22554*cb-46802*cr+1<<15)>>16
		b := y + (116130*cb+1<<15)>>16
		dst[i] = uint32(clip(r)) | uint32(clip(g))<<8 | uint32(clip(b))<<16 | 0xff000000
	}
}

// row is a row of a component in the resolution of the picture. Where it is
// coarser, a sample counts three times and its nearer neighbour once, across and
// down.
func (m *Image) row(p *planes, i, y int, r image.Rectangle) []byte {
	c, q := m.components[i], &p.pixels[i]
	if c.h == m.h {
		return q.row(y)[r.Min.X-q.bounds.Min.X:][:r.Dx()]
	}
	wide, high := (m.size.X+1)/2, (m.size.Y+1)/2 // what of the samples counts
	near, far := y, y
	shift, even, odd := 2, int32(1), int32(2)
	if c.v < m.v {
		near, far = y/2, min(max(y/2-1+y%2*2, 0), high-1)
		shift, even, odd = 4, 8, 7
	}
	nearer, farther := q.row(near), q.row(far)
	sum := func(x int) int32 {
		x = min(max(x, 0), wide-1) - q.bounds.Min.X
		if c.v < m.v {
			return 3*int32(nearer[x]) + int32(farther[x])
		}
		return int32(nearer[x])
	}
	p.rows[i] = slices.Grow(p.rows[i][:0], r.Dx()+2)
	out := p.rows[i][:r.Dx()+2]
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
func (q *plane) row(y int) []byte {
	return q.samples[(y-q.bounds.Min.Y)*q.stride:][:q.stride]
}
