package boxes

import "math"

// Anchors are the boxes that a place of a feature map is asked about.
type Anchors struct {
	Sizes  []float32 // roots of their areas, in pixels of the picture
	Ratios []float32 // of height to width
}

// Count is how many there are at a place.
func (a Anchors) Count() int { return len(a.Sizes) * len(a.Ratios) }

// Cell are the anchors [Count 4] of the place at 0, 0: all sizes of the first ratio, then
// those of the next, their sides rounded to whole pixels.
func (a Anchors) Cell() []float32 {
	cell := make([]float32, 0, 4*a.Count())
	for _, ratio := range a.Ratios {
		tall := float32(math.Sqrt(float64(ratio)))
		for _, size := range a.Sizes {
			w, h := half(1/tall*size), half(tall*size)
			cell = append(cell, -w, -h, w, h)
		}
	}
	return cell
}

// half is half of a side, to the next whole number, the even one of two.
func half(side float32) float32 { return float32(math.RoundToEven(float64(side / 2))) }

// Grid are the anchors [rows columns Count 4] of a feature map of a picture of height and
// width. Those of a place lie around the corner of its pixels at the top left, and the
// places lie as many whole pixels apart as fit.
func (a Anchors) Grid(rows, columns, height, width int) []float32 {
	cell := a.Cell()
	grid := make([]float32, 0, rows*columns*len(cell))
	for i := range rows {
		for j := range columns {
			x, y := float32(j*(width/columns)), float32(i*(height/rows))
			for k := 0; k < len(cell); k += 4 {
				grid = append(grid, cell[k]+x, cell[k+1]+y, cell[k+2]+x, cell[k+3]+y)
			}
		}
	}
	return grid
}
