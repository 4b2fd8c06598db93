package imagenet

import (
	"encoding/binary"
	"image"
	"math"
)

// precision is the bits after the point of a weight.
const precision = 22

// filter is a resizing of one dimension: what each output is the sum of.
type filter struct {
	spans   []span
	weights []int32 // of all outputs, in units of 2^-precision
}

// span is the inputs of one output.
type span struct{ first, n, weights int }

// newFilter resizes in to out samples, of which it computes those from begin to
// end. Weights are Pillow's: the interpolation's, widened where out is smaller,
// scaled to a sum of 1 and rounded.
func newFilter(in, out, begin, end int, i Interpolation) filter {
	scale := float64(in) / float64(out)
	wide := max(scale, 1)
	reach := i.reach() * wide
	most := int(2*reach) + 2
	f := filter{make([]span, 0, end-begin), make([]int32, 0, (end-begin)*most)}
	w := make([]float64, 0, most)
	for x := begin; x < end; x++ {
		// The conversions keep products from being fused: the same weights everywhere.
		center := float64((float64(x) + 0.5) * scale)
		first, last := max(0, int(center-reach+0.5)), min(in, int(center+reach+0.5))
		sum := 0.0
		w = w[:0]
		for k := first; k < last; k++ {
			v := i.weight((float64(k) - center + 0.5) / wide)
			w, sum = append(w, v), sum+v
		}
		f.spans = append(f.spans, span{first, last - first, len(f.weights)})
		for _, v := range w {
			f.weights = append(f.weights, int32(math.Round(v/sum*(1<<precision))))
		}
	}
	return f
}

// inputs is the range of inputs that count. The filter's own count from there.
func (f *filter) inputs() (begin, end int) {
	begin = f.spans[0].first
	for i := range f.spans {
		end = max(end, f.spans[i].first+f.spans[i].n)
		f.spans[i].first -= begin
	}
	return begin, end
}

// half is what rounds to the nearest.
const half = 1 << (precision - 1)

// across writes to dst a row of src, resized.
func (f *filter) across(dst, src []uint32) {
	for x, s := range f.spans {
		w := f.weights[s.weights:][:s.n]
		from := src[s.first:][:len(w)]
		r, g, b := int32(half), int32(half), int32(half)
		for k, v := range w {
			p := from[k]
			r += v * int32(p&255)
			g += v * int32(p>>8&255)
			b += v * int32(p>>16&255)
		}
		dst[x] = pixel(r, g, b)
	}
}

// down writes to the pixels dst row y of what the rows of src become, resized.
func (f *filter) down(dst []byte, y int, src []uint32, width int) {
	s := f.spans[y]
	w := f.weights[s.weights:][:s.n]
	src = src[s.first*width:][:len(w)*width]
	for x := range width {
		r, g, b := int32(half), int32(half), int32(half)
		at := x
		for _, v := range w {
			p := src[at]
			r += v * int32(p&255)
			g += v * int32(p>>8&255)
			b += v * int32(p>>16&255)
			at += width
		}
		binary.LittleEndian.PutUint32(dst[4*x:], pixel(r, g, b))
	}
}

// pixel rounds three sums down to bytes.
func pixel(r, g, b int32) uint32 {
	return uint32(clip(r>>precision)) | uint32(clip(g>>precision))<<8 | uint32(clip(b>>precision))<<16 | 0xff000000
}

func clip(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31))
	}
	return byte(v)
}

// resample writes to out the window of a part of the source, scaled. As in
// Pillow, the width is resized first, and rounded to bytes.
func resample(out *image.RGBA, src source, box image.Rectangle, scaled image.Point, window image.Rectangle, i Interpolation) error {
	across := newFilter(box.Dx(), scaled.X, window.Min.X, window.Max.X, i)
	down := newFilter(box.Dy(), scaled.Y, window.Min.Y, window.Max.Y, i)
	var r image.Rectangle
	r.Min.X, r.Max.X = across.inputs()
	r.Min.Y, r.Max.Y = down.inputs()
	width := window.Dx()
	narrow := make([]uint32, width*r.Dy())
	rest := narrow
	if err := src.Rows(r.Add(box.Min), func(row []uint32) {
		across.across(rest[:width], row)
		rest = rest[width:]
	}); err != nil {
		return err
	}
	for y := range window.Dy() {
		down.down(out.Pix[y*out.Stride:], y, narrow, width)
	}
	return nil
}
