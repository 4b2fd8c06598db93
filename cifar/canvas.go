package cifar

import "math/rand/v2"

// canvas is an image being painted. Its values may leave the range of a byte
// until they are stored.
type canvas [Side][Side]color

type color [Channels]int

// samples is the number of points along each side of a pixel at which an
// outline is asked for; points and places are counted in half the distance of
// two neighbours.
const (
	samples = 4
	fine    = 2 * samples // units of a place in a pixel
)

// place maps an outline's plane to the canvas.
type place struct {
	x, y, radius int // in 1/fine of a pixel
	cos, sin     int // of the turn, times one
}

// fill paints the outline at a place with a texture, its edges smooth.
func (c *canvas) fill(inside outline, at place, t *texture) {
	// One multiplication takes a place to the plane, without a division.
	cos, sin := at.cos*one/at.radius, at.sin*one/at.radius
	size := at.radius*reach/one + fine
	for y := max(0, (at.y-size)/fine); y < min(Side, (at.y+size)/fine+1); y++ {
		for x := max(0, (at.x-size)/fine); x < min(Side, (at.x+size)/fine+1); x++ {
			covered := 0
			for j := 1; j < fine; j += 2 {
				dy := y*fine + j - at.y
				for i := 1; i < fine; i += 2 {
					dx := x*fine + i - at.x
					if inside((dx*cos+dy*sin)/one, (dy*cos-dx*sin)/one) {
						covered++
					}
				}
			}
			if covered > 0 {
				c.mix(x, y, t, covered)
			}
		}
	}
}

// cover paints the whole canvas.
func (c *canvas) cover(t *texture) {
	for y := range Side {
		for x := range Side {
			c.mix(x, y, t, samples*samples)
		}
	}
}

// mix lets the texture cover so many samples of a pixel.
func (c *canvas) mix(x, y int, t *texture, covered int) {
	paint := t.at(x, y)
	pixel := &c[y][x]
	for k := range pixel {
		pixel[k] += (paint[k] - pixel[k]) * covered / (samples * samples)
	}
}

// store writes the canvas to pixels [32 32 3] with noise of at most that size
// added to every value.
func (c *canvas) store(pixels []byte, noise int, rng *rand.Rand) {
	for y := range Side {
		for x := range Side {
			for k, value := range c[y][x] {
				value += between(rng, -noise, noise)
				pixels[(y*Side+x)*Channels+k] = byte(max(0, min(value, 255)))
			}
		}
	}
}

// texture is a mottled colour: a lattice of colours, blended linearly.
type texture [Side/cell + 1][Side/cell + 1]color

const cell = 8 // pixels between the lattice's points

// mottled returns a texture whose values are within spread of the base.
func mottled(base color, spread int, rng *rand.Rand) *texture {
	var t texture
	for y := range t {
		for x := range t[y] {
			light := between(rng, -spread, spread)
			for k := range base {
				t[y][x][k] = base[k] + (light+between(rng, -spread, spread))/2
			}
		}
	}
	return &t
}

func (t *texture) at(x, y int) (blend color) {
	column, row := x/cell, y/cell
	right, down := x%cell, y%cell
	for k := range blend {
		above := t[row][column][k]*(cell-right) + t[row][column+1][k]*right
		below := t[row+1][column][k]*(cell-right) + t[row+1][column+1][k]*right
		blend[k] = (above*(cell-down) + below*down) / (cell * cell)
	}
	return blend
}

// between returns a random number from least to most.
func between(rng *rand.Rand, least, most int) int { return least + rng.IntN(most-least+1) }
