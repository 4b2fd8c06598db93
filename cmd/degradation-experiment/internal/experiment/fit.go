package experiment

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

// longest is the longest budget: a year.
const longest = 365 * 24 * time.Hour

// Fit measures a few steps of every network and sets Iterations to as many as the whole
// experiment has time for within a budget, two digits of it, with the networks trained one
// after another. It is an error if that is not one step.
func (c *Config) Fit(ctx context.Context, budget time.Duration) error {
	if budget > longest {
		return errors.Errorf("experiment: a budget of %v is too long; it is at most %v", budget, longest)
	}
	settled := *c
	settled.Iterations = 1
	if err := settled.settle(); err != nil {
		return err
	}
	e := &Experiment{config: settled, costs: map[string]cost{}}
	for _, n := range settled.networks() {
		if err := e.gauge(ctx, n); err != nil {
			return err
		}
	}
	steps := most(func(steps int) bool { return c.takes(e.costs, steps) <= budget })
	if steps == 0 {
		return errors.Errorf("experiment: a budget of %v has no time for one step of all networks and what is measured, which take %v; give more, or fewer networks or pictures",
			budget, c.takes(e.costs, 1).Round(time.Second))
	}
	c.Iterations, c.costs = rounded(steps), e.costs
	return nil
}

// most is the largest number of steps, up to maxSteps, that there is time for, 0 for none. It
// begins with few, for the time of very many may be longer than a Duration.
func most(fits func(steps int) bool) (steps int) {
	bit := 1
	for bit < maxSteps && fits(bit) {
		bit *= 2
	}
	for ; bit > 0; bit /= 2 {
		if steps+bit <= maxSteps && fits(steps+bit) {
			steps += bit
		}
	}
	return steps
}

// takes is how long the whole experiment takes with so many steps of each network.
func (c Config) takes(costs map[string]cost, steps int) (total time.Duration) {
	c.Iterations = steps
	if c.settle() != nil { // it has been settled with one step
		return 0
	}
	e := Experiment{config: c, costs: costs}
	for _, n := range c.networks() {
		total += e.work(n, n.Iterations)
	}
	return total
}

// rounded is a number with two digits that are not zero.
func rounded(n int) int {
	part := 1
	for n/part >= 100 {
		part *= 10
	}
	return n / part * part
}
