package training

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// rated tells whether a solver can be given a learning rate: SGD can, and those of
// Gorgonia's that gorgonia.WithLearnRate knows.
func rated(s gorgonia.Solver) bool {
	switch s.(type) {
	case *SGD, *gorgonia.VanillaSolver, *gorgonia.Momentum, *gorgonia.AdamSolver, *gorgonia.AdamW, *gorgonia.RMSPropSolver, *gorgonia.BarzilaiBorweinSolver:
		return true
	}
	return false
}

// settleSolver puts in the paper's solver and schedule where there are none, and
// refuses a schedule that the solver cannot follow. A solver of Gorgonia's without
// one keeps its own rate.
func (c *Config) settleSolver() error {
	if c.Solver == nil {
		c.Solver = NewSGD()
	}
	sgd, ours := c.Solver.(*SGD)
	if ours && sgd == nil {
		return errors.New("training: the solver is a nil *SGD")
	}
	if ours {
		if c.Schedule == nil {
			c.Schedule = PaperSteps(0.1)
		}
		if err := sgd.Check(); err != nil {
			return err
		}
	}
	if c.Schedule == nil {
		return nil
	}
	if err := checkSchedule(c.Schedule); err != nil {
		return errors.WithMessage(err, "training: schedule")
	}
	if !rated(c.Solver) {
		return errors.Errorf("training: the learning rate of a %T cannot be set; without a Schedule it keeps its own", c.Solver)
	}
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
	if sgd, ok := t.config.Solver.(*SGD); ok {
		sgd.Rate = rate
	} else {
		gorgonia.WithLearnRate(rate)(t.config.Solver)
	}
	return rate, nil
}

// claim makes sure that the solver works for this trainer alone.
func (t *Trainer) claim() error {
	if sgd, ok := t.config.Solver.(*SGD); ok {
		return sgd.claim(t)
	}
	return nil
}
