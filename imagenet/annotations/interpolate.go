package annotations

import "image"

// interpolate resizes pixels [H W 3] by bilinear interpolation between the centres of the
// pixels around, as torch.nn.functional.interpolate does (align_corners=False, no
// antialiasing): of a picture that shrinks, pixels between are passed over.
func interpolate(pixels []float32, from, to Size) []float32 {
	out := make([]float32, 3*to.Height*to.Width)
	columns := tapsOf(from.Width, to.Width)
	for y, down := range tapsOf(from.Height, to.Height) {
		above, below := pixels[3*down.first*from.Width:], pixels[3*down.second*from.Width:]
		row := out[3*y*to.Width:][:3*to.Width]
		for x, right := range columns {
			a, b := 3*right.first, 3*right.second
			for c := range 3 {
				upper := right.mix(above[a+c], above[b+c])
				lower := right.mix(below[a+c], below[b+c])
				row[3*x+c] = down.mix(upper, lower)
			}
		}
	}
	return out
}

// tap is the two pixels that an output lies between, and their weights.
type tap struct {
	first, second int
	keep, give    float32
}

// mix is a weighted sum whose first product is not rounded: torch's build fuses it.
func (t tap) mix(first, second float32) float32 {
	return float32(float64(first)*float64(t.keep) + float64(second*t.give))
}

func tapsOf(from, to int) []tap {
	taps := make([]tap, to)
	ratio := float32(from) / float32(to)
	for i := range taps {
		// Rounded once, as the fused multiplication of torch's build is.
		at := max(0, float32(float64(ratio)*(float64(i)+0.5)-0.5))
		first := min(int(at), from-1)
		give := min(at-float32(first), 1)
		taps[i] = tap{first, min(first+1, from-1), 1 - give, give}
	}
	return taps
}

// nearest are the pixels that those of a side resized from one length to another are taken from.
func nearest(from, to int) []int {
	at := make([]int, to)
	ratio := float32(from) / float32(to)
	for i := range at {
		at[i] = min(int(float32(i)*ratio), from-1)
	}
	return at
}

// Resized is the mask in a picture of another size, by the nearest pixel as
// torch.nn.functional.interpolate has it.
// A size of no picture gives nil.
func (r *RLE) Resized(to Size) *RLE {
	switch {
	case r.check() != nil || to.check() != nil:
		return nil
	case r.Size == to:
		return r
	}
	columns, rows := nearest(r.Width, to.Width), nearest(r.Height, to.Height)
	mask, b := r.Decode(), r.bounds()
	// The pixels taken from b, and one around them in case of rounding.
	part := image.Rect(b.Min.X*to.Width/r.Width-1, b.Min.Y*to.Height/r.Height-1, b.Max.X*to.Width/r.Width+2, b.Max.Y*to.Height/r.Height+2)
	return encode(to, part, func(x, y int) bool { return mask[rows[y]*r.Width+columns[x]] != 0 })
}

// Resized are the labels in a picture of another size, by the nearest pixel; nil if it is the
// size of no picture.
func (l *Labels) Resized(to Size) *Labels {
	switch {
	case l.check() != nil || to.check() != nil:
		return nil
	case l.Size == to:
		return l
	}
	columns, rows := nearest(l.Width, to.Width), nearest(l.Height, to.Height)
	out := &Labels{to, make([]uint8, to.Height*to.Width)}
	for y := range to.Height {
		row := l.Pix[rows[y]*l.Width:]
		for x, from := range columns {
			out.Pix[y*to.Width+x] = row[from]
		}
	}
	return out
}
