package annotations

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// Polygons are outlines of an object's parts, each x, y, x, y, ... in pixels. A point is in a
// part where the outline goes around it an odd number of times, and in the object where
// it is in a part.
type Polygons [][]float64

// RLE is the mask that COCO's tools make of polygons (maskApi.c, rleFrPoly), run for run. It
// is not that of the pixels whose centres are within: the outline is rounded to fifths of a pixel.
func (p Polygons) RLE(s Size) (*RLE, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if len(p) == 0 {
		return nil, errors.New("annotations: a mask has no polygon")
	}
	parts := make([]*RLE, len(p))
	for i, points := range p {
		if err := checkPolygon(points); err != nil {
			return nil, err
		}
		parts[i] = rasterize(points, s)
	}
	return Union(parts...)
}

// maxOutline is the most steps that are taken along a polygon, in fifths of a pixel; it bounds
// the work that a file can ask for.
const maxOutline = 1 << 26

func checkPolygon(points []float64) error {
	if len(points) < 4 || len(points)%2 != 0 {
		return errors.Errorf("annotations: want a polygon of pairs of numbers, at least two, got %d numbers", len(points))
	}
	steps := 0.0
	for i, v := range points {
		if !(math.Abs(v) < 1<<24) {
			return errors.Errorf("annotations: a polygon has a corner at %v", v)
		}
		steps += 5*math.Abs(v-points[(i+len(points)-2)%len(points)]) + 1
	}
	if steps > maxOutline {
		return errors.Errorf("annotations: a polygon is %.0f pixels long", steps/5)
	}
	return nil
}

// RLE is the mask that COCO's tools make of a box.
func (b Box) RLE(s Size) (*RLE, error) {
	right, bottom := b.X+b.Width, b.Y+b.Height
	return Polygons{{b.X, b.Y, b.X, bottom, right, bottom, right, b.Y}}.RLE(s)
}

// rasterize walks the outline in steps of a fifth of a pixel, notes where it crosses the
// middle of a column, and turns the pixels below each crossing over.
func rasterize(points []float64, s Size) *RLE {
	const scale = 5
	n := len(points) / 2
	corner := func(i int) (x, y int) {
		i %= n
		return truncated(float64(scale*points[2*i]) + .5), truncated(float64(scale*points[2*i+1]) + .5)
	}
	var crossings []uint32
	first, lastX, lastY := true, 0, 0
	step := func(x, y int) {
		if !first && x != lastX {
			left := x - 1
			if x < lastX {
				left = x
			}
			column := (float64(left)+.5)/scale - .5
			if math.Floor(column) == column && column >= 0 && column <= float64(s.Width-1) {
				row := math.Ceil(max(0, min((float64(min(y, lastY))+.5)/scale-.5, float64(s.Height))))
				crossings = append(crossings, uint32(int(column)*s.Height+int(row)))
			}
		}
		first, lastX, lastY = false, x, y
	}
	for i := range n {
		xs, ys := corner(i)
		xe, ye := corner(i + 1)
		dx, dy := magnitude(xe-xs), magnitude(ye-ys)
		flip := (dx >= dy && xs > xe) || (dx < dy && ys > ye)
		if flip {
			xs, xe, ys, ye = xe, xs, ye, ys
		}
		long, slope := dx, float64(ye-ys)/float64(dx)
		if dx < dy {
			long, slope = dy, float64(xe-xs)/float64(dy)
		}
		for d := range long + 1 {
			t := d
			if flip {
				t = long - d
			}
			// The conversion keeps the product from being fused with the sum.
			if dx >= dy {
				step(t+xs, truncated(float64(ys)+float64(slope*float64(t))+.5))
			} else {
				step(truncated(float64(xs)+float64(slope*float64(t))+.5), t+ys)
			}
		}
	}
	return toggled(crossings, s)
}

// toggled is the mask that changes at every crossing, of which two at one place undo each other.
func toggled(crossings []uint32, s Size) *RLE {
	slices.Sort(crossings)
	crossings = append(crossings, uint32(s.Height*s.Width))
	last := uint32(0)
	for i, c := range crossings {
		crossings[i], last = c-last, c
	}
	runs := []uint32{crossings[0]}
	for i := 1; i < len(crossings); i++ {
		if crossings[i] > 0 {
			runs = append(runs, crossings[i])
			continue
		}
		if i++; i < len(crossings) {
			runs[len(runs)-1] += crossings[i]
		}
	}
	return &RLE{s, runs}
}

// truncated is C's conversion to int as x86 has it: what is no number becomes the least.
func truncated(v float64) int {
	if v != v {
		return math.MinInt32
	}
	return int(v)
}

func magnitude(v int) int { return max(v, -v) }
