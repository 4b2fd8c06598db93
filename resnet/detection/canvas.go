package detection

import (
	"github.com/pkg/errors"
)

// Fit says how large pictures are looked at: the shorter side is brought to Short pixels, or to
// as many as leave the longer one within Long. Zero values are torchvision's 800 and 1333.
type Fit struct {
	Short, Long int
}

// Size is how large a picture of that height and width is looked at; its sides are rounded
// down, in float64 as torchvision computes them, which makes 799 of some.
func (f Fit) Size(height, width int) (int, int) {
	short, long := or(f.Short, 800), or(f.Long, 1333)
	scale := min(float64(short)/float64(min(height, width)), float64(long)/float64(max(height, width)))
	return max(int(float64(height)*scale), 1), max(int(float64(width)*scale), 1)
}

// stride is what the sides of a canvas are multiples of: the stride of the last stage.
const stride = 32

// Canvas is the smallest canvas for pictures of that height and width.
func Canvas(height, width int) (int, int) {
	return (height + stride - 1) / stride * stride, (width + stride - 1) / stride * stride
}

// Stretch writes a picture [fromHeight fromWidth 3] at another size [height width 3] into the
// corner at the top left of a canvas whose rows have so many pixels: between two pixels each
// way, without smoothing, as torchvision's detectors do.
func Stretch(canvas []float32, row, height, width int, picture []float32, fromHeight, fromWidth int) error {
	if height < 1 || width < 1 || row < width || fromHeight < 1 || fromWidth < 1 || len(picture) != 3*fromHeight*fromWidth || len(canvas) < 3*((height-1)*row+width) {
		return errors.Errorf("detection: a picture of %dx%d with %d values does not fit as %dx%d on a canvas of %d values in rows of %d",
			fromHeight, fromWidth, len(picture), height, width, len(canvas), row)
	}
	rows, cols := places(fromHeight, height), places(fromWidth, width)
	for i, p := range rows {
		to := canvas[3*i*row:]
		above, below := picture[3*p.first*fromWidth:], picture[3*p.second*fromWidth:]
		for j, q := range cols {
			for c := range 3 {
				a, b := 3*q.first+c, 3*q.second+c
				to[3*j+c] = (1-p.after)*((1-q.after)*above[a]+q.after*above[b]) + p.after*((1-q.after)*below[a]+q.after*below[b])
			}
		}
	}
	return nil
}

// place is where a pixel comes from: two pixels, and how far it is after the first.
type place struct {
	first, second int
	after         float32
}

// places are those of n pixels of an axis of length pixels.
func places(length, n int) []place {
	of := make([]place, n)
	for i := range of {
		at := max(float32(length)/float32(n)*(float32(i)+0.5)-0.5, 0)
		first := min(int(at), length-1)
		of[i] = place{first, min(first+1, length-1), at - float32(first)}
	}
	return of
}
