package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestPrologue wants a convolution with a prologue to give the bits of one of what the
// prologue makes, of rows as wide as the pixels and of wider ones.
func TestPrologue(t *testing.T) {
	type shape struct {
		Conv
		wide       int // floats beside a pixel's channels
		each       bool
		activation Activation
	}
	s := newSweep(t)
	s.random(60, func(rng *rand.Rand) {
		c := Conv{N: 1 + rng.IntN(3), H: 1 + rng.IntN(9), W: 1 + rng.IntN(30), C: channels(rng), K: channels(rng), R: 1, S: 1, Stride: 1, Groups: 1}.Resolve()
		p := shape{c, rng.IntN(2) * rng.IntN(40), rng.IntN(2) == 0, []Activation{Identity, RectifiedLinear, HardSwish}[rng.IntN(3)]}
		pixels, step := c.N*c.H*c.W, c.C+p.wide
		x, w := random(1, pixels*step), random(2, c.C*c.K)
		scale, shift, add := random(3, c.N*c.C), random(4, c.C), random(5, pixels*c.K)
		ones, bias := make([]float32, c.K), random(6, c.K)
		for i := range ones {
			ones[i] = 1
		}
		s.try(p, func(t *trial) {
			made := make([]float32, pixels*c.C)
			before := Prologue{Scale: scale, Activation: p.activation, Step: step}
			if p.each {
				for i := range pixels {
					copy(made[i*c.C:(i+1)*c.C], x[i*step:])
				}
				ScaleChannels(made, made, scale, c.C)
				p.activation.Forward(made, made)
			} else {
				before.Scale, before.Shift = scale[:c.C], shift
				AffineWide(made, Wide{x, step}, before.Scale, shift, p.activation)
			}
			for _, a := range Algorithms(c) {
				if !a.Prologues() {
					continue
				}
				f, want, got := a.Fold(w, ones, bias), make([]float32, pixels*c.K), t.output(pixels*c.K)
				f.Forward(want, made, add, SigmoidLinear)
				need, more := a.Workspace().Folded, a.Workspace().Prologue
				need.Held, need.Task = need.Held+more.Held, need.Task+more.Task
				in := t.input(x)
				t.borrows(a.Name()+" with a prologue", need, func() { f.ForwardOf(before, got, in, add, SigmoidLinear) })
				t.same(a.Name(), got, want)
			}
		})
	})
}
