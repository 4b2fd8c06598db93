package annotations

// Interpolate resizes pixels [H W 3] by bilinear interpolation between the centres of the pixels
// around, as torch.nn.functional.interpolate does (align_corners=False, no antialiasing): of a picture
// that shrinks, pixels between are passed over.
func Interpolate(pixels []float32, from, to Size) []float32 {
	out := make([]float32, 3*to.Height*to.Width)
	columns := tapsOf(from.Width, to.Width)
	for y, down := range tapsOf(from.Height, to.Height) {
		above, below := pixels[3*down.first*from.Width:], pixels[3*down.second*from.Width:]
		row := out[3*y*to.Width:][:3*to.Width]
		for x, right := range columns {
			a, b := 3*right.first, 3*right.second
			for c := range 3 {
				// The conversions keep products from being fused with sums.
				upper := float32(above[a+c]*right.keep) + float32(above[b+c]*right.give)
				lower := float32(below[a+c]*right.keep) + float32(below[b+c]*right.give)
				row[3*x+c] = float32(upper*down.keep) + float32(lower*down.give)
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

func tapsOf(from, to int) []tap {
	taps := make([]tap, to)
	ratio := float32(from) / float32(to)
	for i := range taps {
		at := max(0, float32(ratio*(float32(i)+0.5))-0.5)
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

// Resized is the mask in a picture of another size, by the nearest pixel as torch.nn.functional.interpolate
// has it.
func (r *RLE) Resized(to Size) *RLE {
	if r.Size == to {
		return r
	}
	columns, rows := nearest(r.Width, to.Width), nearest(r.Height, to.Height)
	mask := r.Decode()
	return encode(to, func(x, y int) bool { return mask[rows[y]*r.Width+columns[x]] != 0 })
}

// Resized are the labels in a picture of another size, by the nearest pixel.
func (l *Labels) Resized(to Size) *Labels {
	if l.Size == to {
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
