package segmentation

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Shapes is a Source of drawn pictures, to try things with no files: one to four discs,
// squares, triangles and crosses of any colour, size and angle, one before the other, on
// an uneven ground with noise. Their outlines are Void.
type Shapes struct {
	Number int    // of pictures
	Seed   uint64 // pictures of another are others
	Side   int    // height and width; 0 means 64
}

// Len is the Number.
func (s Shapes) Len() int { return s.Number }

// Classes are the background and the kinds of shapes.
func (Shapes) Classes() []string {
	return []string{"background", "disc", "square", "triangle", "cross"}
}

// shape is one of them, in a picture.
type shape struct {
	class         int
	x, y          float64 // of its middle
	size          float64
	cos, sin      float64
	colour, shade [3]float64 // in the middle, and what it changes by to the edge
}

// Scene draws picture i.
func (s Shapes) Scene(i int) (image.Image, *image.Gray, error) {
	side := s.Side
	if side == 0 {
		side = 64
	}
	rng := rand.New(rand.NewPCG(s.Seed, uint64(i)))
	colour := func() (c [3]float64) {
		for k := range c {
			c[k] = 255 * rng.Float64()
		}
		return c
	}
	ground, slope := colour(), colour()
	shapes := make([]shape, 1+rng.IntN(4))
	for k := range shapes {
		angle := 2 * math.Pi * rng.Float64()
		shapes[k] = shape{class: 1 + rng.IntN(4), x: float64(side) * rng.Float64(), y: float64(side) * rng.Float64(),
			size: float64(side) * (0.15 + 0.15*rng.Float64()), cos: math.Cos(angle), sin: math.Sin(angle), colour: colour(), shade: colour()}
	}
	picture, mask := image.NewRGBA(image.Rect(0, 0, side, side)), image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			// The conversions keep products from being fused: one seed, one picture.
			c, across := ground, float64(x+y)/float64(2*side)
			for k := range c {
				c[k] += float64((slope[k] - 127) * across)
			}
			label := uint8(0)
			for _, sh := range shapes {
				d := sh.distance(float64(x), float64(y))
				if math.Abs(d) < 0.7 {
					label = Void
				} else if d < 0 {
					label = uint8(sh.class)
				}
				if d < 0 {
					for k := range c {
						c[k] = sh.colour[k] + float64((sh.shade[k]-127)*d/(2*sh.size))
					}
				}
			}
			var out [3]uint8
			for k, v := range c {
				out[k] = uint8(min(max(v+float64(12*rng.NormFloat64()), 0), 255))
			}
			picture.SetRGBA(x, y, color.RGBA{out[0], out[1], out[2], 255})
			mask.Pix[y*mask.Stride+x] = label
		}
	}
	return picture, mask, nil
}

// distance is about how far a place is from the outline, below 0 within.
func (s shape) distance(x, y float64) float64 {
	x, y = x-s.x, y-s.y
	u, v := float64(s.cos*x)+float64(s.sin*y), float64(s.cos*y)-float64(s.sin*x)
	switch s.class {
	case 1:
		return math.Hypot(u, v) - s.size
	case 2:
		return max(math.Abs(u), math.Abs(v)) - 0.85*s.size
	case 3: // of three sides, at 0.55 of the size from the middle
		const half, height = 0.5, 0.8660254037844386
		return max(v, float64(height*u)-float64(half*v), float64(-height*u)-float64(half*v)) - 0.55*s.size
	}
	u, v = math.Abs(u), math.Abs(v)
	return min(max(u-1.1*s.size, v-0.35*s.size), max(v-1.1*s.size, u-0.35*s.size))
}
