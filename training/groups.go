package training

import (
	"math"
	"strings"

	"github.com/pkg/errors"
)

// Groups say which parameters an Optimizer treats otherwise than the rest. The zero
// value has none.
type Groups struct {
	// WeightsOnly leaves out of weight decay what is no matrix and no kernel: biases and
	// the parameters of norms, of one dimension; layer scales, class tokens and tables of
	// positions, of three.
	WeightsOnly bool `json:"weights_only,omitempty"`

	// LayerDecay is the learning rate of each stage as a part of that of the stage
	// after it, such as 0.5 to fine-tune; the last layer has the whole rate. A stage
	// is what the names of tensors begin with, such as layer4, together with the norm
	// after it. 0 means 1, the same for all.
	LayerDecay float64 `json:"layer_decay,omitempty"`

	// Factors are of the learning rate and of the weight decay of a parameter, besides
	// the above; nil means 1 and 1. A rate of 0 leaves it as it is, though Config.Freeze
	// computes less.
	Factors func(name string, shape []int) (rate, decay float64) `json:"-"`
}

func (g Groups) check() error {
	if d := g.LayerDecay; d != 0 && !(d > 0 && d <= 1) {
		return errors.Errorf("training: groups: the layer decay is above 0 and at most 1, not %v", d)
	}
	return nil
}

// stages number what the names of tensors begin with, from the last: that is 0.
type stages map[string]int

// layer is a tensor to be numbered.
type layer struct {
	name string
	dims int
}

func stagesOf(layers []layer) stages {
	s, last := stages{}, 0
	for _, l := range layers {
		name, _, _ := strings.Cut(l.name, ".")
		if _, known := s[name]; known {
			continue
		}
		if l.dims > 1 {
			last++
		}
		s[name] = last
	}
	for name, n := range s {
		s[name] = last - n
	}
	return s
}

// factors are of the rate and the decay of a parameter.
func (g Groups) factors(s stages, name string, shape []int) (rate, decay float64, err error) {
	rate, decay = 1, 1
	if g.Factors != nil {
		if rate, decay = g.Factors(name, shape); !(decay >= 0) || math.IsInf(decay, 1) {
			return 0, 0, errors.Errorf("training: %s: want a factor of the decay of 0 or more, got %v", name, decay)
		}
		if err := checkRate(rate); err != nil {
			return 0, 0, errors.WithMessagef(err, "training: %s", name)
		}
	}
	if g.WeightsOnly && (len(shape) < 2 || len(shape) == 3) {
		decay = 0
	}
	if g.LayerDecay != 0 {
		stage, _, _ := strings.Cut(name, ".")
		rate *= math.Pow(g.LayerDecay, float64(s[stage]))
	}
	return rate, decay, nil
}
