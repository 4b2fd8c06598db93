package cifar

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Synthetic draws a data set of CIFAR's form with ten classes: a shape of
// random place, size, turn and colour before a mottled background, among bars
// and blobs that belong to no class and may hide a part of it. It serves where
// a real data set is too large or too far away: no linear classifier of pixels
// does well on it, a small convolutional network does.
//
// Image i of a part depends on the seed, the part and i alone: a smaller set
// is the Head of a larger one, on every machine. Its label is i modulo 10, so
// any Head is balanced. Negative sizes count as 0.
func Synthetic(seed uint64, train, test int) *Dataset {
	return &Dataset{
		Name:  "synthetic",
		Train: syntheticSet(seed, 0, train),
		Test:  syntheticSet(seed, 1, test),
	}
}

func syntheticSet(seed, split uint64, n int) *Set {
	names := make([]string, len(shapes))
	for label, shape := range shapes {
		names[label] = shape.name
	}
	s := newSet(max(0, n), names)
	var painters sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		painters.Go(func() {
			for i := worker; i < s.Len(); i += workers {
				label := i % len(shapes)
				s.Labels[i] = int32(label)
				paint(s.Image(i), shapes[label], stream(seed, split, uint64(i)))
			}
		})
	}
	painters.Wait()
	return s
}

// stream returns the random numbers of one image. ChaCha8 keeps the streams of
// neighbouring images unrelated.
func stream(seed, split, index uint64) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], split)
	binary.LittleEndian.PutUint64(key[16:], index)
	return rand.New(rand.NewChaCha8(key))
}

// paint draws the shape in an image [32 32 3], from back to front.
func paint(pixels []byte, object shape, rng *rand.Rand) {
	var c canvas
	var back, front color
	for k := range back {
		back[k] = between(rng, 60, 195)
		// Lighter or darker in each channel: the mean of a class tells nothing.
		front[k] = back[k] + between(rng, 50, 110)*(1-2*rng.IntN(2))
	}
	c.cover(mottled(back, 45, rng))
	for range between(rng, 3, 6) {
		c.litter(between(rng, 2*fine, 6*fine), rng)
	}

	radius := between(rng, 7*fine, 12*fine)
	margin := radius * 4 / 5
	at := place{
		x:      between(rng, margin, Side*fine-margin),
		y:      between(rng, margin, Side*fine-margin),
		radius: radius,
	}
	if object.upright {
		at.cos, at.sin = tilt(rng)
	} else {
		at.cos, at.sin = turn(rng)
	}
	c.fill(object.inside, at, mottled(front, 30, rng))

	for range between(rng, 0, 2) {
		c.litter(between(rng, fine, 3*fine), rng)
	}
	c.store(pixels, 10, rng)
}

// litter paints a bar or a blob that is no class, anywhere.
func (c *canvas) litter(radius int, rng *rand.Rand) {
	at := place{x: rng.IntN(Side * fine), y: rng.IntN(Side * fine), radius: radius}
	at.cos, at.sin = turn(rng)
	thinness := between(rng, 2, 5)
	figure := bar(thinness)
	if rng.IntN(2) == 0 {
		figure = blob(thinness)
	}
	var base color
	for k := range base {
		base[k] = between(rng, 20, 235)
	}
	c.fill(figure, at, mottled(base, 20, rng))
}

// steps is how finely angles are drawn: k of steps stands for the angle
// 2 atan(k/steps), whose cosine and sine are rational.
const steps = 64

// tilt draws an angle of at most 14 degrees.
func tilt(rng *rand.Rand) (cos, sin int) {
	return rational(between(rng, -steps/8, steps/8))
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
	return (steps*steps - k*k) * one / whole, 2 * steps * k * one / whole
}
