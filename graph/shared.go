package graph

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
)

// Shared is a view of the builder whose layers take parameters that the graph has already,
// where they have the same name: one layer on several inputs, such as a head on all levels of a
// feature pyramid. Its gradients add up.
func (b *Builder) Shared() *Builder {
	if !b.made() {
		return &Builder{}
	}
	return &Builder{b.construction, b.scope, true}
}

// Random is for operations of one's own that draw at random: it returns a function that makes
// the generator of a layer in a run. As for Dropout, Options.Seed, the step and the layer's name
// decide, so that a run that is resumed draws the same; a second generator of one run draws
// what the first did.
func (b *Builder) Random(layer string) func() *rand.Rand {
	if !b.made() {
		return func() *rand.Rand { return rand.New(rand.NewPCG(0, 0)) }
	}
	seed, name, step := b.options.Seed, b.full(layer), b.step
	return func() *rand.Rand { return rand.New(kernel.NewKey(seed, *step, name).Source()) }
}
