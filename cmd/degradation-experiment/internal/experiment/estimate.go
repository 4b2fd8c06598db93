package experiment

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"time"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// cost is how long things take with one network.
type cost struct {
	step    time.Duration // of training
	picture time.Duration // to be evaluated
	build   time.Duration // of a network
}

// timed is how many steps are measured, besides a first one that makes room.
const timed = 3

// Estimate measures a few steps of every network that has not ended and says how
// long the rest will take if they are trained one after another.
func (e *Experiment) Estimate(ctx context.Context) (time.Duration, error) {
	e.progress = Progress{}
	for _, n := range e.networks {
		done, ended, err := e.reached(n)
		if err != nil {
			return 0, err
		}
		if ended {
			continue
		}
		if err := e.gauge(ctx, n); err != nil {
			return 0, err
		}
		e.progress.Total += e.work(n, n.Iterations)
		e.progress.Done += e.work(n, done)
	}
	return e.progress.Total - e.progress.Done, nil
}

// gauge takes the time of a network unless that is known. A derived one takes as long as
// another of its kind and depth.
func (e *Experiment) gauge(ctx context.Context, n Network) error {
	name := e.config.network(n.Kind, n.Depth, n.Seed).Name()
	c, known := e.costs[name]
	if !known {
		var err error
		if c, err = e.time(ctx, n); err != nil {
			return err
		}
		e.costs[name] = c
		e.line(fmt.Sprintf("%-9s %7.3f s a step", name, c.step.Seconds()))
	}
	e.costs[n.Name()] = c
	return nil
}

// time takes the time of a network on a few batches, away from its own run.
func (e *Experiment) time(ctx context.Context, n Network) (c cost, err error) {
	runtime.GC() // of the network before, which may be large
	began := time.Now()
	n.From = 0
	var last time.Time
	t, err := training.New(training.Config{Name: n.Name(), Model: n.model(), Optimizer: n.optimizer(), Train: e.config.Train, Batch: n.Batch,
		Iterations: timed + 1, Schedule: training.Constant{Base: 1e-9},
		OnStep: func(s training.Step) {
			// The fastest: what else the machine does can only delay.
			if d := time.Since(last); s.Iteration == 2 || s.Iteration > 2 && d < c.step {
				c.step = d
			}
			last = time.Now()
		}})
	if err != nil {
		return c, err
	}
	c.build = time.Since(began)
	if err := t.Run(ctx); err != nil {
		return c, err
	}
	batch := head{e.config.Train, n.Batch}
	if _, err := t.Evaluate(ctx, batch); err != nil { // builds
		return c, err
	}
	began = time.Now()
	_, err = t.Evaluate(ctx, batch)
	c.picture = time.Since(began) / time.Duration(batch.Len())
	return c, err
}

// work is how long so many steps take with the measurements that belong to them.
func (e *Experiment) work(n Network, steps int) time.Duration {
	c := e.costs[n.Name()]
	d := time.Duration(steps) * c.step
	records := (steps + n.Every - 1) / n.Every
	d += time.Duration(records) * (time.Duration(n.Subset+n.Test)*c.picture + c.step*probed/time.Duration(n.Batch))
	if steps == n.Iterations {
		d += 2*c.build + time.Duration(n.Test)*c.picture
		if ending := n.design().Ending; ending != nil && n.From == 0 {
			d += time.Duration(ending(n)) * c.picture
		}
	}
	return d
}

// reached tells how many steps of a network are done, and whether all is.
func (e *Experiment) reached(n Network) (steps int, ended bool, err error) {
	dir, err := e.open(n)
	if dir == nil || err != nil {
		return 0, false, err
	}
	if r, err := dir.Result(); r != nil || err != nil {
		return n.Iterations, r != nil, err
	}
	if d, err := readDivergence(dir); d != nil || err != nil {
		return n.Iterations, d != nil, err
	}
	rows, err := dir.Log().Rows()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err == nil && len(rows) > 0 {
		steps, err = strconv.Atoi(rows[len(rows)-1][0])
	}
	return steps, false, err
}
