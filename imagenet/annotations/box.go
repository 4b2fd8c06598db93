package annotations

import "math"

// Box is an upright rectangle as COCO's files have it: the left and upper edge, and the
// width and height, in pixels from the upper left corner of the picture, of which the
// first begins at 0. No pixel is added or taken away anywhere: the box of a mask of
// one pixel at x is [x, x+1]. It is kept in this form because another would lose the last
// bits of the figures that are computed of it.
type Box struct{ X, Y, Width, Height float64 }

// Corners is a box by its left, upper, right and lower edge, as torchvision's networks have
// it: the right edge is X plus Width in float32.
type Corners [4]float32

// Corners is the box by its edges, in float32.
func (b Box) Corners() Corners {
	x, y := float32(b.X), float32(b.Y)
	return Corners{x, y, x + float32(b.Width), y + float32(b.Height)}
}

// Area is the width times the height.
func (b Box) Area() float64 { return b.Width * b.Height }

// finite tells whether all of the box are numbers.
func (b Box) finite() bool {
	for _, v := range [4]float64{b.X, b.Y, b.Width, b.Height} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// IoU is the area that two boxes share over that of both together; with a crowd as the
// other it is over the box's own area: all of it may lie within a crowd. It is bbIou of
// COCO's maskApi.c, bit for bit.
func (b Box) IoU(other Box, crowd bool) float64 {
	width := min(b.Width+b.X, other.Width+other.X) - max(b.X, other.X)
	if width <= 0 {
		return 0
	}
	height := min(b.Height+b.Y, other.Height+other.Y) - max(b.Y, other.Y)
	if height <= 0 {
		return 0
	}
	// The conversions keep products from being fused with what follows.
	shared, own := float64(width*height), float64(b.Width*b.Height)
	if crowd {
		return shared / own
	}
	return shared / (own + float64(other.Width*other.Height) - shared)
}

// Box is the corners in COCO's form, the differences in float32 as torchvision's reference
// writes its results.
func (c Corners) Box() Box {
	return Box{float64(c[0]), float64(c[1]), float64(c[2] - c[0]), float64(c[3] - c[1])}
}

// Scaled is the box in a picture resized from one size to another: each edge times the ratio of
// the sizes, in float32, as torchvision's resize_boxes has it.
func (c Corners) Scaled(from, to Size) Corners {
	x, y := float32(to.Width)/float32(from.Width), float32(to.Height)/float32(from.Height)
	return Corners{c[0] * x, c[1] * y, c[2] * x, c[3] * y}
}

// Clipped is the part of the box that is within a picture.
func (c Corners) Clipped(s Size) Corners {
	w, h := float32(s.Width), float32(s.Height)
	return Corners{clamp(c[0], w), clamp(c[1], h), clamp(c[2], w), clamp(c[3], h)}
}

func clamp(v, most float32) float32 { return max(0, min(v, most)) }

// Empty tells whether the box has no area, or an edge that is no number.
func (c Corners) Empty() bool { return !(c[0] < c[2] && c[1] < c[3]) }

// Size is a height and a width in pixels.
type Size struct{ Height, Width int }
