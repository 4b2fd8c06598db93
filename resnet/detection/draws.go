package detection

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
)

// draws is how samples are drawn: at random, or the first of all, which is what tests compare
// with other implementations.
type draws int

const (
	atRandom draws = iota
	theFirst
)

// of makes the generators of n pictures in a run; without one the first are taken.
func (d draws) of(b *graph.Builder, layer string) func(n int) []*rand.Rand {
	random := b.Random(layer)
	return func(n int) []*rand.Rand {
		of := make([]*rand.Rand, n)
		if d == atRandom {
			rng := random()
			for i := range of {
				of[i] = rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
			}
		}
		return of
	}
}

// each does something for each of n pictures, on several processors.
func each(n int, do func(picture int)) {
	graph.Parallel(n*graph.Grain, func(lo, _ int) { do(lo / graph.Grain) })
}
