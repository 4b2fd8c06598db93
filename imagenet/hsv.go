package imagenet

import "math"

// hsv turns a colour into hue, saturation and value of a byte each, the whole
// circle of hues being 255, rounded down as Pillow does.
func hsv(r, g, b byte) (h, s, v byte) {
	high, low := max(r, g, b), min(r, g, b)
	if high == low {
		return 0, 0, high
	}
	chroma := float32(high - low)
	from := func(x byte) float32 { return float32(high-x) / chroma }
	var hue float32 // in sixths of the circle
	switch high {
	case r:
		hue = from(b) - from(g)
	case g:
		hue = float32(2 + float64(from(r)) - float64(from(b)))
	default:
		hue = float32(4 + float64(from(g)) - float64(from(r)))
	}
	turn := float32(math.Mod(float64(hue)/6+1, 1))
	return byte(float64(turn) * 255), byte(float64(chroma/float32(high)) * 255), high
}

// fromHSV turns it back, rounded to the nearest.
func fromHSV(h, s, v byte) (r, g, b byte) {
	if s == 0 {
		return v, v, v
	}
	sixths := float64(float32(h)) * 6 / 255
	whole := math.Floor(sixths)
	// The conversions keep products from being fused with what follows.
	part, saturation := float64(float32(sixths-whole)), float64(float32(s)/255)
	fade := func(by float64) byte { return byte(max(0, min(255, math.Round(float64(v)*(1-by))))) }
	p, q, t := fade(saturation), fade(float64(saturation*part)), fade(float64(saturation*(1-part)))
	switch int(whole) % 6 {
	case 0:
		return v, t, p
	case 1:
		return q, v, p
	case 2:
		return p, v, t
	case 3:
		return p, q, v
	case 4:
		return t, p, v
	}
	return v, p, q
}
