package training

import (
	"context"
	"slices"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// ErrDiverged is the cause of the error when the loss or the weights stop being
// finite numbers. What was saved before stays.
var ErrDiverged = errors.New("training diverged")

// Trainer trains one network. It is for one goroutine at a time.
type Trainer struct {
	config    Config
	length    int   // examples of the training set
	shape     []int // [H W C] of an example
	state     *graph.State
	network   *network
	grads     *gradients // nil before the first step
	average   *average   // nil without one
	evaluator *Evaluator
	progress  progress
	primary   gauge  // what the best checkpoint goes by
	stopping  gauge  // what Config.Stop goes by
	ended     string // why OnEpoch ended the last Run
	waited    time.Duration
}

// New builds the training graph and starts the weights from the seed.
func New(c Config) (*Trainer, error) {
	if c.Model == nil || c.Train == nil {
		return nil, errors.New("training: a model and a training set are needed")
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	length, shape, err := c.sets()
	if err != nil {
		return nil, err
	}
	stopping, err := c.Stop.settle(&c)
	if err != nil {
		return nil, err
	}
	t := &Trainer{config: c, primary: c.measures()[0], stopping: stopping, length: length, shape: shape, state: graph.NewState(), progress: progress{RunningError: 1, LowestError: 1, BestTestError: 1}}
	o := graph.Options{Training: true, Seed: c.Seed, Init: c.Init, Freeze: c.Freeze}
	o.Beside = c.beside()
	if t.network, err = build(c.Task, c.Model, t.state, o, t.shape, c.Batch/c.Accumulate); err != nil {
		return nil, err
	}
	if err := t.prepareSolver(); err != nil {
		return nil, err
	}
	if c.Average > 0 {
		t.average = &average{graph.NewState(), c.Average}
	}
	if c.Test != nil || t.average != nil {
		_, err = t.inference() // now, so that a lack of memory is known before the first step
	}
	return t, err
}

// State is the network's parameters and running statistics.
func (t *Trainer) State() *graph.State { return t.state }

// Iteration is the number of steps done.
func (t *Trainer) Iteration() int { return t.progress.Iteration }

// Iterations is the number of steps of the whole run.
func (t *Trainer) Iterations() int { return t.config.Iterations }

// Last is the newest record, nil before the first.
func (t *Trainer) Last() *Record { return t.progress.Last }

// BestTestError is the lowest test error of all records, 1 before the first and in a task
// that has no error; see Best.
func (t *Trainer) BestTestError() float64 { return t.progress.BestTestError }

// SetBack halves the learning rate n times from here on, in place of those before:
// after a run that has diverged goes back to a checkpoint.
func (t *Trainer) SetBack(n int) { t.progress.Setbacks = n }

// Setbacks is how often the learning rate is halved.
func (t *Trainer) Setbacks() int { return t.progress.Setbacks }

// Waited is how long runs since New have waited for data, the first batch of each
// included.
func (t *Trainer) Waited() time.Duration { return t.waited }

// epochSize is the number of steps of an epoch: a fraction, since the stream of
// batches runs on across epochs.
func (t *Trainer) epochSize() float64 {
	return float64(t.length) / float64(t.config.Batch)
}

// made refuses a trainer that New has not made.
func (t *Trainer) made() error {
	if t == nil || t.network == nil {
		return errors.New("training: a Trainer is made by New")
	}
	return nil
}

// Run trains until all iterations are done, or until the Stopper or OnEpoch ends it (see
// Ended). When ctx ends it finishes the step and returns ctx's error: the trainer can
// then be saved, or run again.
func (t *Trainer) Run(ctx context.Context) error {
	if err := t.made(); err != nil {
		return err
	}
	t.ended = ""
	parts := t.config.Accumulate
	stream, err := NewStream(t.config.Train, t.config.Batch/parts, t.config.Seed, t.progress.Iteration*parts)
	if err != nil {
		return err
	}
	stream.Workers = t.config.Workers
	t.network.reads(stream)
	if stream.length != t.length || !slices.Equal(stream.shape, t.shape) {
		return errors.Errorf("training: the training set has changed: %d examples of shape %v, and now %d of %v", t.length, t.shape, stream.length, stream.shape)
	}
	defer func() {
		stream.Close()
		t.waited += stream.Waited()
	}()
	for {
		if t.progress.Steps > 0 && t.recordDue() {
			if err := t.record(ctx); err != nil {
				return err
			}
		}
		if t.Ended() != "" {
			return nil
		}
		start := time.Now()
		loss, err := t.step(ctx, stream)
		if err != nil {
			return err
		}
		spent := time.Since(start).Seconds()
		p := &t.progress
		p.EpochSeconds += spent
		p.Seconds += spent
		if t.config.OnStep != nil {
			t.config.OnStep(Step{p.Iteration, t.config.Iterations, t.epoch(), p.Rate, loss, p.ErrorSum / float64(p.Steps), t.speed(), p.means()})
		}
	}
}

// step is one update of the weights.
func (t *Trainer) step(ctx context.Context, stream *Loader) (loss float64, err error) {
	p := &t.progress
	rate, err := t.rate()
	if err != nil {
		return 0, err
	}
	loss, err = t.differentiate(ctx, stream)
	if errors.Is(err, ErrDiverged) {
		return 0, errors.WithMessagef(err, "training: iteration %d, learning rate %g", p.Iteration, rate)
	} else if err != nil {
		return 0, err
	}
	if err := t.config.Solver.Step(t.network.machine.Params()); err != nil {
		return 0, errors.Wrapf(err, "training: iteration %d", p.Iteration)
	}
	if p.Iteration == 0 {
		p.FirstLoss = loss
	}
	p.Rate = rate
	p.Iteration++
	p.take(t.network.metrics, t.network.measured)
	p.Steps++
	p.LossSum += loss
	if t.average != nil {
		t.average.update(t.state, p.Iteration)
	}
	return loss, nil
}

// epoch is how often the training set has been seen.
func (t *Trainer) epoch() float64 { return float64(t.progress.Iteration) / t.epochSize() }

// recordDue tells whether the last step completed an epoch (or so many steps as
// lie between records), or the run.
func (t *Trainer) recordDue() bool {
	done, batch, n := t.progress.Iteration, t.config.Batch, t.length
	if t.config.Every > 0 {
		return done == t.config.Iterations || done%t.config.Every == 0
	}
	return done == t.config.Iterations || done*batch/n > (done-1)*batch/n
}

func (t *Trainer) speed() float64 {
	return float64(t.progress.Steps*t.config.Batch) / max(t.progress.EpochSeconds, 1e-9)
}

// Evaluate measures the network as it stands, or its average, on a data set.
func (t *Trainer) Evaluate(ctx context.Context, d Dataset) (Score, error) {
	e, err := t.inference()
	if err != nil {
		return Score{}, err
	}
	return e.Evaluate(ctx, d)
}

// Predict classifies a data set with the network as it stands, or its average.
func (t *Trainer) Predict(ctx context.Context, d Dataset) (*Predictions, error) {
	e, err := t.inference()
	if err != nil {
		return nil, err
	}
	return e.Predict(ctx, d)
}

// Measured is what evaluations measure and checkpoints have under the network's own names:
// the average of the weights where Config.Average asks for one, otherwise State.
func (t *Trainer) Measured() *graph.State { return t.measured() }

// measured is the state that evaluations gauge, which the evaluator fills with
// tensors where it is an average.
func (t *Trainer) measured() *graph.State {
	if t.average != nil {
		return t.average.state
	}
	return t.state
}

// inference is the evaluator over the network's state, or its average, built when
// first needed.
func (t *Trainer) inference() (*Evaluator, error) {
	if err := t.made(); err != nil {
		return nil, err
	}
	if t.evaluator != nil {
		return t.evaluator, nil
	}
	e, err := NewTaskEvaluator(t.config.Task, t.config.Model, t.measured(), t.shape, t.config.Batch/t.config.Accumulate)
	if err != nil {
		return nil, err
	}
	e.Workers = t.config.Workers
	t.evaluator = e
	return e, nil
}
