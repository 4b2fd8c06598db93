package drawing

import (
	"encoding/binary"
	"math/rand/v2"
)

// Stream returns the random numbers of one image of a part of a data set. ChaCha8 keeps the
// streams of neighbouring images unrelated.
func Stream(seed, part, index uint64) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], part)
	binary.LittleEndian.PutUint64(key[16:], index)
	return rand.New(rand.NewChaCha8(key))
}

// Contrasting draws a colour for the back and one for the front.
func Contrasting(rng *rand.Rand) (back, front Color) {
	for k := range back {
		back[k] = Between(rng, 60, 195)
		front[k] = against(back[k], rng)
	}
	return back, front
}

// Against draws a colour for the front.
func Against(back Color, rng *rand.Rand) (front Color) {
	for k := range back {
		front[k] = against(back[k], rng)
	}
	return front
}

// against is lighter or darker: the mean of a class tells nothing.
func against(back int, rng *rand.Rand) int { return back + Between(rng, 50, 110)*(1-2*rng.IntN(2)) }

// Litter paints a bar or a blob that is no class, anywhere.
func (c *Canvas) Litter(radius int, rng *rand.Rand) {
	at := Place{X: rng.IntN(c.Width * Fine), Y: rng.IntN(c.Height * Fine), Radius: radius}
	at.Cos, at.Sin = turn(rng)
	thinness := Between(rng, 2, 5)
	figure := Bar(thinness)
	if rng.IntN(2) == 0 {
		figure = Blob(thinness)
	}
	var base Color
	for k := range base {
		base[k] = Between(rng, 20, 235)
	}
	c.Fill(figure, at, c.Mottled(base, 20, rng), 0)
}

// Turn draws how far the shape is turned.
func (s Shape) Turn(rng *rand.Rand) (cos, sin int) {
	if s.Upright {
		return tilt(rng)
	}
	return turn(rng)
}

// steps is how finely angles are drawn: k of steps stands for the angle
// 2 atan(k/steps), whose cosine and sine are rational.
const steps = 64

// tilt draws an angle of at most 14 degrees.
func tilt(rng *rand.Rand) (cos, sin int) {
	return rational(Between(rng, -steps/8, steps/8))
}

// turn draws any angle.
func turn(rng *rand.Rand) (cos, sin int) {
	cos, sin = rational(rng.IntN(steps))
	for range rng.IntN(4) {
		cos, sin = -sin, cos
	}
	return cos, sin
}

func rational(k int) (cos, sin int) {
	whole := steps*steps + k*k
	return (steps*steps - k*k) * One / whole, 2 * steps * k * One / whole
}
