package training

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SGD is stochastic gradient descent with momentum as a gorgonia.Solver. Weight
// decay is added to the gradient, as in the paper; gorgonia's own Momentum decays
// the velocity instead.
type SGD struct {
	Rate     float64 // the Trainer sets it before each step from its Schedule
	Momentum float64 // 0 to below 1
	Decay    float64 // of the weights, per unit of learning rate; 0 or more
	Nesterov bool    // needs a momentum
	// DecayWeightsOnly keeps decay from vectors: biases and batch norm's
	// parameters.
	DecayWeightsOnly bool
	// Factor is of the learning rate of a parameter; nil means 1 for all.
	Factor func(name string) float64

	velocity map[string][]float32
	owner    *Trainer // whose velocities these are; nil before its first step
}

// NewSGD is the paper's solver: momentum 0.9, weight decay 1e-4 (He et al. 2015,
// section 3.4).
func NewSGD() *SGD { return &SGD{Momentum: 0.9, Decay: 1e-4} }

// Check refuses settings that make no sense, as PyTorch does, and a momentum from 1
// on, which forgets nothing.
func (s *SGD) Check() error {
	switch {
	case !(s.Momentum >= 0 && s.Momentum < 1):
		return errors.Errorf("training: SGD: want a momentum of 0 to below 1, got %v", s.Momentum)
	case !(s.Decay >= 0) || math.IsInf(s.Decay, 1):
		return errors.Errorf("training: SGD: want a weight decay of 0 or more, got %v", s.Decay)
	case s.Nesterov && s.Momentum == 0:
		return errors.New("training: SGD: Nesterov's momentum needs a momentum above 0")
	}
	return errors.WithMessage(checkRate(s.Rate), "training: SGD")
}

// claim makes the velocities a Trainer's own: those of another cannot be gone on with.
func (s *SGD) claim(t *Trainer) error {
	if s.owner != nil && s.owner != t {
		return errors.New("training: the SGD has trained with another Trainer, whose velocities it holds; give each a solver of its own")
	}
	s.owner = t
	return nil
}

// Step updates every parameter in place from its gradient. Parameters are known
// by their names, which must differ.
func (s *SGD) Step(model []gorgonia.ValueGrad) error {
	if err := s.Check(); err != nil {
		return err
	}
	for _, p := range model {
		name, w, grad, err := unpack(p)
		if err != nil {
			return err
		}
		weights := w.Float32s()
		v := s.Velocity(name, len(weights))
		decay := s.Decay
		if s.DecayWeightsOnly && w.Dims() < 2 {
			decay = 0
		}
		rate := s.Rate
		if s.Factor != nil {
			rate *= s.Factor(name)
			if err := checkRate(rate); err != nil {
				return errors.WithMessagef(err, "training: SGD: %s", name)
			}
		}
		graph.SGD(weights, v, grad.Float32s(), float32(rate), float32(s.Momentum), float32(decay), s.Nesterov)
	}
	return nil
}

// unpack returns a parameter's name, value and gradient.
func unpack(p gorgonia.ValueGrad) (name string, w, grad *tensor.Dense, err error) {
	named, ok := p.(gorgonia.Namer)
	if !ok {
		return "", nil, nil, errors.Errorf("training: SGD: a %T has no name", p)
	}
	name = named.Name()
	g, err := p.Grad()
	if err != nil {
		return "", nil, nil, errors.Wrapf(err, "training: SGD: %s", name)
	}
	w, okW := p.Value().(*tensor.Dense)
	grad, okG := g.(*tensor.Dense)
	if !okW || !okG || w.Dtype() != tensor.Float32 || grad.Dtype() != tensor.Float32 || w.Size() != grad.Size() {
		return "", nil, nil, errors.Errorf("training: SGD: %s: want a float32 tensor and a gradient of its size, got %T and %T, of shapes %v and %v",
			name, p.Value(), g, shape(p.Value()), shape(g))
	}
	return name, w, grad, nil
}

// shape is that of a value, nil of none.
func shape(v gorgonia.Value) tensor.Shape {
	if v == nil {
		return nil
	}
	return v.Shape()
}

// Velocity is the velocity of the named parameter of n values: zero at first,
// and what a checkpoint keeps.
func (s *SGD) Velocity(name string, n int) []float32 {
	if s.velocity == nil {
		s.velocity = map[string][]float32{}
	}
	if len(s.velocity[name]) != n {
		s.velocity[name] = make([]float32, n)
	}
	return s.velocity[name]
}
