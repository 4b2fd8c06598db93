package drawing

import "math/rand/v2"

// Canvas is a picture being painted. Its values may leave the range of a byte until they
// are stored.
type Canvas struct {
	Width, Height int
	// Owner is the number of the figure that covers each pixel [Height Width] by half or more, the
	// foremost of several; 0 is none.
	Owner []uint16

	pixels []Color
}

// NewCanvas is black.
func NewCanvas(width, height int) *Canvas {
	return &Canvas{width, height, make([]uint16, width*height), make([]Color, width*height)}
}

// Color is red, green and blue.
type Color [3]int

// samples is the number of points along each side of a pixel at which an
// outline is asked for; points and places are counted in half the distance of
// two neighbours.
const (
	samples = 4
	// Fine is how many units of a place are in a pixel.
	Fine = 2 * samples
)

// Place maps an outline's plane to the canvas.
type Place struct {
	X, Y, Radius int // in 1/Fine of a pixel
	Cos, Sin     int // of the turn, times One
}

// Fill paints the outline at a place with a texture, its edges smooth, as the figure of that number.
func (c *Canvas) Fill(inside Outline, at Place, t *Texture, number uint16) {
	// One multiplication takes a place to the plane, without a division.
	cos, sin := at.Cos*One/at.Radius, at.Sin*One/at.Radius
	size := at.Radius*Reach/One + Fine
	for y := max(0, (at.Y-size)/Fine); y < min(c.Height, (at.Y+size)/Fine+1); y++ {
		for x := max(0, (at.X-size)/Fine); x < min(c.Width, (at.X+size)/Fine+1); x++ {
			covered := 0
			for j := 1; j < Fine; j += 2 {
				dy := y*Fine + j - at.Y
				for i := 1; i < Fine; i += 2 {
					dx := x*Fine + i - at.X
					if inside((dx*cos+dy*sin)/One, (dy*cos-dx*sin)/One) {
						covered++
					}
				}
			}
			if covered > 0 {
				c.mix(x, y, t, covered)
			}
			if 2*covered >= samples*samples {
				c.Owner[y*c.Width+x] = number
			}
		}
	}
}

// Cover paints the whole canvas.
func (c *Canvas) Cover(t *Texture) {
	for y := range c.Height {
		for x := range c.Width {
			c.mix(x, y, t, samples*samples)
		}
	}
}

// mix lets the texture cover so many samples of a pixel.
func (c *Canvas) mix(x, y int, t *Texture, covered int) {
	paint := t.at(x, y)
	pixel := &c.pixels[y*c.Width+x]
	for k := range pixel {
		pixel[k] += (paint[k] - pixel[k]) * covered / (samples * samples)
	}
}

// Store writes the canvas to pixels [Height Width 3] with noise of at most that size added to every
// value.
func (c *Canvas) Store(pixels []byte, noise int, rng *rand.Rand) {
	for i, pixel := range c.pixels {
		for k, value := range pixel {
			value += Between(rng, -noise, noise)
			pixels[3*i+k] = byte(max(0, min(value, 255)))
		}
	}
}

// Texture is a mottled colour: a lattice of colours, blended linearly.
type Texture struct {
	columns int
	lattice []Color
}

const cell = 8 // pixels between the lattice's points

// Mottled returns a texture for the canvas whose values are within spread of the base.
func (c *Canvas) Mottled(base Color, spread int, rng *rand.Rand) *Texture {
	columns, rows := (c.Width+cell-1)/cell+1, (c.Height+cell-1)/cell+1
	t := &Texture{columns, make([]Color, columns*rows)}
	for i := range t.lattice {
		light := Between(rng, -spread, spread)
		for k := range base {
			t.lattice[i][k] = base[k] + (light+Between(rng, -spread, spread))/2
		}
	}
	return t
}

func (t *Texture) at(x, y int) (blend Color) {
	first := t.lattice[y/cell*t.columns+x/cell:]
	next := first[t.columns:]
	right, down := x%cell, y%cell
	for k := range blend {
		above := first[0][k]*(cell-right) + first[1][k]*right
		below := next[0][k]*(cell-right) + next[1][k]*right
		blend[k] = (above*(cell-down) + below*down) / (cell * cell)
	}
	return blend
}

// Between returns a random number from least to most.
func Between(rng *rand.Rand, least, most int) int { return least + rng.IntN(most-least+1) }
