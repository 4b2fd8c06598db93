package experiment

import (
	"context"
	"time"

	"github.com/pkg/errors"
)

// Fit measures a few steps of every network and sets Iterations to as many as the whole
// experiment has time for within a budget, two digits of it, with the networks trained one
// after another. It is an error if that is not one step.
func (c *Config) Fit(ctx context.Context, budget time.Duration) error {
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
	steps := 0
	for bit := maxSteps; bit > 0; bit /= 2 {
		if steps+bit <= maxSteps && c.takes(e.costs, steps+bit) <= budget {
			steps += bit
		}
	}
	if steps == 0 {
		return errors.Errorf("experiment: a budget of %v has no time for one step of all networks and what is measured, which take %v; give more, or fewer networks or pictures",
			budget, c.takes(e.costs, 1).Round(time.Second))
	}
	c.Iterations, c.costs = rounded(steps), e.costs
	return nil
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
