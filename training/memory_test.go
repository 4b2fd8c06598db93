package training

import (
	"math/rand/v2"
	"testing"
)

// plain is a data set of nothing.
type plain struct{}

func (plain) Len() int                                                    { return 1 }
func (plain) Shape() []int                                                { return []int{2, 2, 1} }
func (plain) Example(int, *rand.Rand, []float32) (label int32, err error) { return 0, nil }

// TestBeside wants a checkpoint, while it is written, in the estimate of memory: a copy of
// the state and of every slot, and of the raw weights where there is an average, too.
func TestBeside(t *testing.T) {
	for _, test := range []struct {
		name              string
		config            Config
		states, gradients int
	}{
		{"SGD", Config{Solver: &Solver{Optimizer: NewSGD()}}, 1, 1},
		{"AdamW", Config{Solver: &Solver{Optimizer: NewAdamW()}}, 1, 3},
		{"an average", Config{Solver: &Solver{Optimizer: NewSGD()}, Average: 0.9}, 3, 1},
		{"gradients of several batches", Config{Solver: &Solver{Optimizer: NewSGD()}, Accumulate: 2}, 1, 2},
	} {
		c := test.config
		c.Train, c.Batch, c.Accumulate, c.Task = plain{}, 4, max(c.Accumulate, 1), Classification{}
		if b := c.beside(); b.States != test.states || b.Gradients != test.gradients {
			t.Errorf("%s: %d copies of the state and %d of the gradients, want %d and %d", test.name, b.States, b.Gradients, test.states, test.gradients)
		}
	}
}
