package training

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Solver is an Optimizer at work, as a gorgonia.Solver for the parameters of a
// graph.Machine: it keeps their slots and counts the steps. A Trainer has its own. It
// is for the parameters of one network.
type Solver struct {
	Optimizer Optimizer // nil means NewSGD()
	Groups    Groups
	Rate      float64 // of the next step

	steps  int // done
	stages stages
	params map[string]*member
}

// member is a parameter with the factor of its learning rate.
type member struct {
	Parameter
	rate float64
}

// Resumable is a gorgonia.Solver of one's own whose state goes into checkpoints, so that
// runs with it can be resumed.
type Resumable interface {
	gorgonia.Solver

	// Arrays are its state, under names of its own that differ: all that the next
	// steps depend on, which SetArrays takes in a new process to go on to the same
	// bits. Counters are arrays of one value. It is called before the first step too.
	Arrays() []weights.Array

	// SetArrays takes what Arrays gave. After an error nothing may have changed.
	SetArrays([]weights.Array) error
}

// rated tells whether a solver can be given a learning rate: those of Gorgonia's
// that gorgonia.WithLearnRate knows can, and those with a method for it.
func rated(s gorgonia.Solver) bool {
	switch s.(type) {
	case *Solver, *gorgonia.VanillaSolver, *gorgonia.Momentum, *gorgonia.AdamSolver, *gorgonia.AdamW, *gorgonia.RMSPropSolver, *gorgonia.BarzilaiBorweinSolver:
		return true
	}
	_, settable := s.(interface{ SetRate(float64) })
	return settable
}

// settleSolver puts in the paper's optimizer and schedule where there are none, and
// refuses a schedule that the solver cannot follow. A solver of Gorgonia's without
// one keeps its own rate.
func (c *Config) settleSolver() error {
	_, ours := c.Solver.(*Solver)
	switch {
	case c.Solver == nil:
		if err := c.settleOptimizer(); err != nil {
			return err
		}
	case isNil(c.Solver):
		return errors.Errorf("training: the solver is a nil %T", c.Solver)
	case c.Optimizer != nil:
		return errors.Errorf("training: want an optimizer or a solver, not both: %s and %T", kind(c.Optimizer), c.Solver)
	case ours:
		return errors.New("training: a Trainer makes a Solver of its own; give Config.Optimizer and Config.Groups what this one has")
	case c.Groups.WeightsOnly || c.Groups.LayerDecay != 0 || c.Groups.Factors != nil:
		return errors.Errorf("training: groups are for an optimizer; a %T treats all parameters alike", c.Solver)
	}
	if c.Schedule == nil {
		return nil
	}
	if err := checkSchedule(c.Schedule); err != nil {
		return errors.WithMessage(err, "training: schedule")
	}
	if !rated(c.Solver) {
		return errors.Errorf("training: the learning rate of a %T cannot be set, since it has no method SetRate(float64); without a Schedule it keeps its own", c.Solver)
	}
	return nil
}

// settleOptimizer makes the solver of the optimizer.
func (c *Config) settleOptimizer() error {
	if c.Optimizer == nil {
		c.Optimizer = NewSGD()
	}
	if err := checkOptimizer(c.Optimizer); err != nil {
		return err
	}
	if err := c.Groups.check(); err != nil {
		return err
	}
	if c.Schedule == nil {
		if name := kind(c.Optimizer); name != "SGD" {
			return errors.Errorf("training: %s needs a Schedule, such as OneCycle{Peak: 0.001}: the paper's is for SGD", name)
		}
		c.Schedule = PaperSteps(0.1)
	}
	c.Solver = &Solver{Optimizer: c.Optimizer, Groups: c.Groups}
	return nil
}

// rate is the learning rate of the next step, 0 where the solver keeps its own.
func (t *Trainer) rate() (float64, error) {
	p := &t.progress
	if t.config.Schedule == nil {
		if p.Setbacks > 0 {
			return 0, errors.Errorf("training: the rate of a %T cannot be halved, since it is its own; give the run a Schedule", t.config.Solver)
		}
		return 0, nil
	}
	rate := t.config.Schedule.Rate(Progress{
		Iteration: p.Iteration, Iterations: t.config.Iterations, EpochSize: t.epochSize(), LowestError: p.LowestError, Errors: p.Errors, Higher: t.primary.higher,
	})
	if err := checkRate(rate); err != nil {
		return 0, errors.WithMessagef(err, "training: iteration %d: the schedule", p.Iteration)
	}
	rate = math.Ldexp(rate, -p.Setbacks)
	switch s := t.config.Solver.(type) {
	case *Solver:
		s.Rate = rate
	case interface{ SetRate(float64) }:
		s.SetRate(rate)
	default:
		gorgonia.WithLearnRate(rate)(s)
	}
	return rate, nil
}

// Step updates every parameter in place from its gradient. Parameters are known
// by their names, which must differ. The first step finds out their groups, and makes
// their slots.
func (s *Solver) Step(model []gorgonia.ValueGrad) error {
	if s.Optimizer == nil {
		s.Optimizer = NewSGD()
	}
	if err := s.check(); err != nil {
		return err
	}
	if s.stages == nil {
		layers := make([]layer, 0, len(model))
		for _, p := range model {
			if named, ok := p.(gorgonia.Namer); ok {
				layers = append(layers, layer{named.Name(), shape(p.Value()).Dims()})
			}
		}
		s.stages = stagesOf(layers)
	}
	for _, p := range model {
		name, w, grad, err := unpack(p)
		if err != nil {
			return err
		}
		m, err := s.member(name, w.Shape())
		if err != nil {
			return err
		}
		m.Weights, m.Gradient = w.Float32s(), grad.Float32s()
		if err := s.Optimizer.Update(&m.Parameter, s.steps+1, s.Rate*m.rate); err != nil {
			return err
		}
	}
	s.steps++
	return nil
}

func (s *Solver) check() error {
	if s.steps == 0 {
		if err := checkOptimizer(s.Optimizer); err != nil {
			return err
		}
		if err := s.Groups.check(); err != nil {
			return err
		}
	}
	if err := checkRate(s.Rate); err != nil {
		return errors.WithMessagef(err, "training: %s", kind(s.Optimizer))
	}
	return nil
}

// member finds the parameter of that name, or makes its slots.
func (s *Solver) member(name string, shape tensor.Shape) (*member, error) {
	m := s.params[name]
	if m == nil {
		m = &member{Parameter: Parameter{Name: name, Slots: make([][]float32, len(s.Optimizer.Slots()))}}
		for i := range m.Slots {
			m.Slots[i] = make([]float32, shape.TotalSize())
		}
		var err error
		if m.rate, m.Decay, err = s.Groups.factors(s.stages, name, shape); err != nil {
			return nil, err
		}
		if s.params == nil {
			s.params = map[string]*member{}
		}
		s.params[name] = m
	}
	return m, nil
}

// known is the parameter of that name, nil where no step has met it.
func (s *Solver) known(name string) *member {
	if s == nil {
		return nil
	}
	return s.params[name]
}

// unpack returns a parameter's name, value and gradient.
func unpack(p gorgonia.ValueGrad) (name string, w, grad *tensor.Dense, err error) {
	named, ok := p.(gorgonia.Namer)
	if !ok {
		return "", nil, nil, errors.Errorf("training: a parameter, a %T, has no name", p)
	}
	name = named.Name()
	g, err := p.Grad()
	if err != nil {
		return "", nil, nil, errors.Wrapf(err, "training: %s", name)
	}
	w, okW := p.Value().(*tensor.Dense)
	grad, okG := g.(*tensor.Dense)
	if !okW || !okG || w.Dtype() != tensor.Float32 || grad.Dtype() != tensor.Float32 || w.Size() != grad.Size() {
		return "", nil, nil, errors.Errorf("training: %s: want a float32 tensor and a gradient of its size, got %T and %T, of shapes %v and %v",
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
