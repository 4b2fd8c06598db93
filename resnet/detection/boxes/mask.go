package boxes

import "math"

// Paste writes the mask of a box, probabilities [side side], into a picture [height width] of
// zeros: stretched to the box, whose sides are rounded down to whole pixels after a margin of a
// pixel of the mask has been added around both (torchvision's paste_masks_in_image). The
// object is usually said to be where more than 0.5 comes out.
func Paste(picture []float32, height, width int, mask []float32, side int, box []float32) {
	padded := side + 2
	scale := float32(float64(padded) / float64(side))
	x, halfW := (box[2]+box[0])*0.5, (box[2]-box[0])*0.5*scale
	y, halfH := (box[3]+box[1])*0.5, (box[3]-box[1])*0.5*scale
	left, right, top, bottom := int(x-halfW), int(x+halfW), int(y-halfH), int(y+halfH)
	w, h := max(right-left+1, 1), max(bottom-top+1, 1)
	value := func(i, j int) float32 {
		if i < 1 || j < 1 || i > side || j > side {
			return 0
		}
		return mask[(i-1)*side+j-1]
	}
	for i := max(top, 0); i < min(bottom+1, height); i++ {
		y, fy := between(i-top, h, padded)
		below := min(y+1, padded-1)
		for j := max(left, 0); j < min(right+1, width); j++ {
			x, fx := between(j-left, w, padded)
			after := min(x+1, padded-1)
			picture[i*width+j] = (1-fy)*((1-fx)*value(y, x)+fx*value(y, after)) +
				fy*((1-fx)*value(below, x)+fx*value(below, after))
		}
	}
}

// between is where the middle of the i-th of n places lies among those of an axis of length
// places: after which one, and how far after it.
func between(i, n, length int) (at int, after float32) {
	place := max(float32(length)/float32(n)*(float32(i)+0.5)-0.5, 0)
	at = min(int(place), length-1)
	return at, place - float32(math.Floor(float64(place)))
}
