package training

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Optimizer says how a step changes parameters: SGD, AdamW, Adam, RMSProp and LAMB
// here, or one's own. It is a plain value of settings, which several Trainers may
// share: what it keeps of a parameter from step to step, its slots, lies with the
// Trainer, or with a Solver, and goes into checkpoints under the names of Slots.
type Optimizer interface {
	// Slots are the names of what is kept of each parameter, one value for each of
	// its values, all 0 before the first step: such as exp_avg and exp_avg_sq.
	// They are the same as long as the settings are.
	Slots() []string

	// Check refuses settings that make no sense.
	Check() error

	// Update is a step on one parameter, in place. Steps count from 1; rate is the
	// schedule's, times that of the parameter's group.
	Update(p *Parameter, step int, rate float64) error
}

// checkOptimizer refuses what cannot be an optimizer's.
func checkOptimizer(o Optimizer) error {
	if isNil(o) {
		return errors.Errorf("training: the optimizer is a nil %T", o)
	}
	if err := o.Check(); err != nil {
		return err
	}
	names := o.Slots()
	for i, name := range names {
		if name == "" || strings.Contains(name, ".") || reserved[name+"."] || slices.Contains(names[:i], name) {
			return errors.Errorf("training: %s: a slot cannot be called %q; names differ, and have no dots", kind(o), name)
		}
	}
	return nil
}

// isNil tells whether an interface has a pointer to nothing in it.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// kind is what an optimizer or a solver is called, without this package's name.
func kind(v any) string {
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", v), "*"), "training.")
}

// The checks that optimizers share; what is named comes first in their errors.
func checkBeta(optimizer, name string, beta float64) error {
	if !(beta >= 0 && beta < 1) {
		return errors.Errorf("training: %s: want %s of 0 to below 1, got %v", optimizer, name, beta)
	}
	return nil
}

func checkDecay(optimizer string, decay float64) error {
	if !(decay >= 0) || math.IsInf(decay, 1) {
		return errors.Errorf("training: %s: want a weight decay of 0 or more, got %v", optimizer, decay)
	}
	return nil
}

// checkEpsilon wants one that is there in float32 too: without it a gradient of 0
// is divided by 0.
func checkEpsilon(optimizer string, epsilon float64) error {
	if !(float32(epsilon) > 0) || math.IsInf(epsilon, 1) {
		return errors.Errorf("training: %s: want an epsilon above 0, got %v; New%[1]s has the usual settings", optimizer, epsilon)
	}
	return nil
}

// coefficients of an update, the same for all values of a parameter.
type coefficients [8]float32

// sweep is one pass over a parameter's values. It is made once for a parameter, so
// that later ones allocate nothing.
type sweep struct {
	p    *Parameter
	part func(p *Parameter, c *coefficients, lo, hi int)
	c    coefficients
	task func(lo, hi int)

	sums [][2]float64 // of the pieces, for what depends on all values
}

// sweep calls part, which must not be a closure lest it be allocated, for pieces of
// the values that lie the same for any number of processors.
func (p *Parameter) sweep(c coefficients, part func(p *Parameter, c *coefficients, lo, hi int)) {
	s := p.sweeper()
	s.p, s.c, s.part = p, c, part
	graph.Parallel(len(p.Weights), s.task)
}

func (p *Parameter) sweeper() *sweep {
	if p.work == nil {
		s := &sweep{sums: make([][2]float64, (len(p.Weights)+graph.Grain-1)/graph.Grain)}
		s.task = func(lo, hi int) { s.part(s.p, &s.c, lo, hi) }
		p.work = s
	}
	return p.work
}

// sum adds up what a sweep has left in sums, in order.
func (p *Parameter) sum() (total [2]float64) {
	for _, s := range p.work.sums {
		total[0] += s[0]
		total[1] += s[1]
	}
	return total
}

// check refuses a parameter whose slots are not so many, or not of its size.
func (p *Parameter) check(slots int) error {
	if p == nil {
		return errors.New("training: want a parameter, got nil")
	}
	ok := len(p.Gradient) == len(p.Weights) && len(p.Slots) == slots
	for _, s := range p.Slots {
		ok = ok && len(s) == len(p.Weights)
	}
	if !ok {
		return errors.Errorf("training: %s: want a gradient and %d slots of its %d values", p.Name, slots, len(p.Weights))
	}
	return nil
}
