package cifar

import (
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/gorgonet/gorgonet/internal/drawing"
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
	names := make([]string, len(drawing.Shapes))
	for label, shape := range drawing.Shapes {
		names[label] = shape.Name
	}
	s := newSet(max(0, n), names)
	var painters sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		painters.Go(func() {
			for i := worker; i < s.Len(); i += workers {
				label := i % len(drawing.Shapes)
				s.Labels[i] = int32(label)
				paint(s.Image(i), drawing.Shapes[label], drawing.Stream(seed, split, uint64(i)))
			}
		})
	}
	painters.Wait()
	return s
}

// paint draws the shape in an image [32 32 3], from back to front.
func paint(pixels []byte, object drawing.Shape, rng *rand.Rand) {
	c := drawing.NewCanvas(Side, Side)
	back, front := drawing.Contrasting(rng)
	c.Cover(c.Mottled(back, 45, rng))
	for range drawing.Between(rng, 3, 6) {
		c.Litter(drawing.Between(rng, 2*drawing.Fine, 6*drawing.Fine), rng)
	}

	radius := drawing.Between(rng, 7*drawing.Fine, 12*drawing.Fine)
	margin := radius * 4 / 5
	at := drawing.Place{
		X:      drawing.Between(rng, margin, Side*drawing.Fine-margin),
		Y:      drawing.Between(rng, margin, Side*drawing.Fine-margin),
		Radius: radius,
	}
	at.Cos, at.Sin = object.Turn(rng)
	c.Fill(object.Inside, at, c.Mottled(front, 30, rng), 1)

	for range drawing.Between(rng, 0, 2) {
		c.Litter(drawing.Between(rng, drawing.Fine, 3*drawing.Fine), rng)
	}
	c.Store(pixels, 10, rng)
}
