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

// Crop writes what part of each of side x side bins of a box the object covers [side side], by
// as many samples in a bin as it is pixels large (torchvision's project_masks_on_boxes).
// Covered tells of a pixel, in a picture of height and width, whether it is the object's.
func Crop(to []float32, side int, box []float32, height, width int, covered func(y, x int) bool) {
	w, h := max(box[2]-box[0], 1), max(box[3]-box[1], 1)
	rows := cropPlaces(box[1], h, side, height)
	cols := cropPlaces(box[0], w, side, width)
	value := func(y, x int) float32 {
		if covered(y, x) {
			return 1
		}
		return 0
	}
	for i := range side {
		for j := range side {
			var sum float32
			for _, p := range rows[i*len(rows)/side : (i+1)*len(rows)/side] {
				for _, q := range cols[j*len(cols)/side : (j+1)*len(cols)/side] {
					if p.at < 0 || q.at < 0 {
						continue
					}
					below, after := min(p.at+1, height-1), min(q.at+1, width-1)
					sum += (1-p.after)*((1-q.after)*value(p.at, q.at)+q.after*value(p.at, after)) +
						p.after*((1-q.after)*value(below, q.at)+q.after*value(below, after))
				}
			}
			to[i*side+j] = sum / float32(len(rows)/side*(len(cols)/side))
		}
	}
}

// cropPlace is a sample along an axis: after which pixel, and how far; at is below 0 outside.
type cropPlace struct {
	at    int
	after float32
}

// cropPlaces are the samples of all bins along an axis of n pixels.
func cropPlaces(start, length float32, side, n int) []cropPlace {
	bin := length / float32(side)
	samples := int(math.Ceil(float64(bin)))
	places := make([]cropPlace, 0, side*samples)
	for i := range side {
		for j := range samples {
			at := start + float32(i)*bin + (float32(j)+0.5)*bin/float32(samples)
			switch low := int(max(at, 0)); {
			case at < -1 || at > float32(n):
				places = append(places, cropPlace{at: -1})
			case low >= n-1:
				places = append(places, cropPlace{at: n - 1})
			default:
				places = append(places, cropPlace{low, max(at, 0) - float32(low)})
			}
		}
	}
	return places
}
