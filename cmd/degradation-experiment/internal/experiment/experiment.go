package experiment

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Experiment is a set of networks that are trained and measured in a directory,
// each in one of its own, plain20-seed1 and so on. It is an ordinary
// training.Directory, and has besides
//
//	scores.csv         loss and error on a fixed part of the training set, in evaluation mode
//	gradients.csv      L2 norm of the gradient of each layer's weights
//	responses.csv      standard deviation of each 3x3 layer's output after batch norm
//	shares.csv         share of the gradient that comes through the shortcuts of the first stage
//	unravelling.csv    test loss and error with single units dropped, when the training has ended
//	paths.csv          gradient along single paths, when the training has ended
//	diverged.json      of a network that diverged and was left out, when
//	construction.json  of a network made from a shallower one, what its logits are against that one's
//
// WriteReport adds verdict.json, report.html and the figures to the whole.
type Experiment struct {
	config   Config
	path     string
	networks []Network
	costs    map[string]cost // by name, of networks that have been timed

	mu       sync.Mutex // of the callbacks
	progress Progress
}

// New prepares an experiment in a directory, which holds nothing or an earlier
// part of the same experiment; one whose networks differ is refused.
func New(path string, c Config) (*Experiment, error) {
	if err := c.settle(); err != nil {
		return nil, err
	}
	e := &Experiment{config: c, path: path, networks: c.networks(), costs: maps.Clone(c.costs)}
	if e.costs == nil {
		e.costs = map[string]cost{}
	}
	for _, n := range e.networks {
		if _, err := e.open(n); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Networks lists the networks in the order of their training.
func (e *Experiment) Networks() []Network { return e.networks }

// directory is that of a network.
func (e *Experiment) directory(n Network) string { return filepath.Join(e.path, n.directory()) }

// open opens a network's directory for reading, nil if it has not begun.
func (e *Experiment) open(n Network) (*training.Directory, error) {
	path := e.directory(n)
	if _, err := os.Stat(filepath.Join(path, "config.json")); os.IsNotExist(err) {
		return nil, nil
	}
	var stored Network
	dir, err := training.OpenDirectory(path, &stored)
	if err != nil {
		return nil, err
	}
	if stored != n {
		return nil, errors.Errorf("experiment: %s holds a run with other settings (%s); choose another directory", path, n.differences(stored))
	}
	return dir, nil
}

// Run trains and measures all networks that have not ended. When ctx ends the
// steps under way are finished, everything is saved, and ctx's error comes back;
// another Run, of this Experiment or a new one, goes on to the same numbers.
func (e *Experiment) Run(ctx context.Context) error {
	trained, constructed := e.networks, []Network(nil)
	for i, n := range e.networks {
		if n.From > 0 {
			trained, constructed = e.networks[:i], e.networks[i:]
			break
		}
	}
	if err := e.all(ctx, trained); err != nil {
		return err
	}
	return e.all(ctx, constructed) // they need the trained ones
}

// all trains networks, as many at a time as the configuration says. The first
// error ends the others as an interruption would.
func (e *Experiment) all(outer context.Context, networks []Network) error {
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	queue := make(chan Network)
	var workers sync.WaitGroup
	for range e.config.Parallel {
		workers.Go(func() {
			for n := range queue {
				if err := e.train(ctx, n); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, n := range networks {
		select {
		case queue <- n:
		case <-ctx.Done():
		}
	}
	close(queue)
	workers.Wait()
	if outer.Err() != nil {
		return outer.Err()
	}
	return context.Cause(ctx) // nil where nothing went wrong
}

// train takes one network from where it stands to its end.
func (e *Experiment) train(ctx context.Context, n Network) error {
	dir, err := e.begin(n)
	if dir == nil || err != nil {
		return err
	}
	defer dir.Close()
	dir.OnDamage = func(err error) { e.line("warning: " + err.Error()) }
	runtime.GC() // of the network before, which may be large
	m := &meter{network: n, dir: dir, subset: head{e.config.Train, n.Subset}}
	if m.trainer, err = e.trainer(ctx, m); err != nil {
		return err
	}
	if err := dir.Restore(m.trainer); err != nil {
		return err
	}
	if m.probe, err = newProbe(ctx, n, e.config.Train); err != nil {
		return err
	}
	if m.trainer.Iteration() == 0 {
		err = e.start(ctx, m)
	} else {
		err = m.trim(m.recorded())
	}
	if err != nil {
		return err
	}
	if err := m.trainer.Run(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			if err := dir.Save(m.trainer); err != nil {
				return err
			}
		}
		return e.diverged(m, errors.WithMessage(err, n.Name()))
	}
	return e.finish(ctx, m)
}

// begin opens a network's directory to train it there, nil if it has ended.
func (e *Experiment) begin(n Network) (*training.Directory, error) {
	dir, err := e.open(n)
	if err != nil {
		return nil, err
	}
	if dir == nil {
		return training.CreateDirectory(e.directory(n), n)
	}
	if r, err := dir.Result(); r != nil || err != nil {
		return nil, err
	}
	if d, err := readDivergence(dir); d != nil || err != nil {
		return nil, err
	}
	return training.ResumeDirectory(e.directory(n), &n)
}

// trainer makes the trainer of a network with its first weights.
func (e *Experiment) trainer(ctx context.Context, m *meter) (*training.Trainer, error) {
	n := m.network
	schedule, err := training.ParseSchedule(n.Schedule, e.config.Rate)
	if err != nil {
		return nil, err
	}
	t, err := training.New(training.Config{
		Name: n.Name(), Model: n.model(), Optimizer: n.optimizer(), Train: e.config.Train, Test: e.config.Test,
		Batch: n.Batch, Iterations: n.Iterations, Every: n.Every, Schedule: schedule, Seed: n.Seed,
		OnStep: func(s training.Step) {
			m.dir.Step(s)
			e.step(n, s)
		},
		OnEpoch: func(r training.Record) error {
			s, err := m.measure(ctx)
			if err != nil {
				return err
			}
			if err := m.write(s); err != nil {
				return err
			}
			e.line(describe(n, r, s)...)
			return m.dir.Record(m.trainer, r) // last: its checkpoint makes the rows count
		},
	})
	if err != nil || n.From == 0 {
		return t, err
	}
	m.trainer = t
	return t, e.config.design.Prepare(ctx, e, m)
}

// start measures a network before its first step.
func (e *Experiment) start(ctx context.Context, m *meter) error {
	if err := m.trim(-1); err != nil {
		return err
	}
	if begin := e.config.design.Begin; begin != nil && m.network.From > 0 {
		if err := begin(ctx, e, m); err != nil {
			return err
		}
	}
	s, err := m.measure(ctx)
	if err != nil {
		return err
	}
	return m.write(s)
}

// finish takes the last measurements of the design, and writes the outcome.
func (e *Experiment) finish(ctx context.Context, m *meter) error {
	if end := e.config.design.End; end != nil && m.network.From == 0 {
		if err := end(ctx, e, m); err != nil {
			return err
		}
	}
	r, err := m.dir.Finish(ctx, m.trainer)
	if err == nil {
		e.line(named(m.network), "ended", fmt.Sprintf("test %5.2f %%", 100*r.TestError), fmt.Sprintf("seed %d", m.network.Seed))
	}
	return err
}
