package training

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// ErrDiverged is the cause of the error when the loss or the weights stop being
// finite numbers. What was saved before stays.
var ErrDiverged = errors.New("training diverged")

// Config says what to train and how. The zero values of Batch, Iterations,
// Schedule and Optimizer are the paper's recipe for CIFAR-10 (He et al. 2015,
// section 4.2).
type Config struct {
	Name  string // of the model; a checkpoint of another name is refused
	Model Model
	Train Dataset
	Test  Dataset // evaluated at the end of every epoch; nil for none

	Batch      int               // 0 means 128
	Iterations int               // 0 means 64,000
	Schedule   Schedule          // nil means 0.1, divided by 10 at 32,000 and 48,000, for SGD; with a Solver, its own rate
	Optimizer  Optimizer         // nil means NewSGD()
	Groups     Groups            // of parameters that the optimizer treats otherwise than the rest
	Seed       uint64            // of initial weights, order and augmentation
	Init       graph.Initializer // of convolutions; nil means graph.HeFanIn

	// Solver, in place of an optimizer, is one of Gorgonia's or of one's own, for this
	// Trainer alone. One with a method SetRate(float64) follows a Schedule; runs with
	// one that is Resumable can be resumed.
	Solver gorgonia.Solver

	// Accumulate is how many parts a batch is computed in, one after the other, to
	// need the memory of one: the gradients are the means of the parts'. Batch norm
	// sees a part at a time. 0 means 1.
	Accumulate int

	Freeze    []string // layers that keep their weights; see graph.Options
	Smoothing float64  // of labels: the part of the probability that all classes share
	Mix       Mix      // of pictures and labels within a batch
	Clip      float64  // the longest that the gradient may be, by its 2-norm; 0 means any

	Workers int // goroutines that read examples, for training and for evaluation each; 0 means the Loader's default

	// DetectAnomaly looks at the output of every operation in every step and ends the
	// run at the first value that is not finite. Without it the place is looked for
	// once a loss or a gradient is not.
	DetectAnomaly bool

	// Average is the decay of a moving average of the weights, such as 0.9999, that
	// evaluations and what they record then measure; 0 means none.
	Average float64

	// Preprocessing is noted in checkpoints, for those who use them; nil where the
	// training set says itself (see Normalized), or nobody knows.
	Preprocessing *Preprocessing

	// Carry are values of the run that ride in its checkpoints, as JSON: pointers,
	// by names of their own, such as that of an early stopper's count. Load sets those
	// that the checkpoint has.
	Carry map[string]any

	// Every is how many steps lie between records; 0 means an epoch.
	Every int

	// OnStep is called after every step, OnEpoch with every record: at the end of
	// every epoch, or Every so many steps, and of the run. An error of OnEpoch ends
	// the run; should it go on, OnEpoch is called with that record again.
	OnStep  func(Step)
	OnEpoch func(Record) error
}

// Step is what one step of training yields.
type Step struct {
	Iteration, Iterations int     // steps done and steps in all
	Epoch                 float64 // passes over the training set done
	Rate                  float64 // learning rate; 0 where the solver keeps its own
	Loss                  float64 // of the batch
	Error                 float64 // mean training error of the epoch so far, a fraction
	ImagesPerSecond       float64 // since the epoch began
}

// Record is one row of the log: an epoch, or the rest of one at the end.
type Record struct {
	Iteration       int
	Epoch           float64
	Rate            float64 // learning rate of the last step; 0 where the solver keeps its own
	TrainLoss       float64 // means over the epoch's batches as they were seen
	TrainError      float64
	Test            *Score  // nil without a test set
	Seconds         float64 // since the start of the run, over all its sessions
	ImagesPerSecond float64 // of training, evaluation left out
}

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
	waited    time.Duration
}

// progress is everything but tensors that a resumed run needs, so that it goes
// on as if it had never stopped.
type progress struct {
	Iteration     int     `json:"iteration"`
	RunningError  float64 `json:"running_error"` // decaying mean over steps, from 1
	LowestError   float64 `json:"lowest_error"`
	Steps         int     `json:"steps"` // of the epoch so far, with its sums
	LossSum       float64 `json:"loss_sum"`
	ErrorSum      float64 `json:"error_sum"`
	EpochSeconds  float64 `json:"epoch_seconds"`
	Seconds       float64 `json:"seconds"`
	BestTestError float64 `json:"best_test_error"`
	Rate          float64 `json:"rate"` // of the last step
	Last          *Record `json:"last,omitempty"`

	FirstLoss float64   `json:"first_loss,omitempty"` // of the run's first step
	Setbacks  int       `json:"setbacks,omitempty"`
	Errors    []float64 `json:"errors,omitempty"` // of all records, on the test set where there is one
}

// runningDecay makes the running training error a mean over about 50 steps.
const runningDecay = 0.98

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
	t := &Trainer{config: c, length: length, shape: shape, state: graph.NewState(), progress: progress{RunningError: 1, LowestError: 1, BestTestError: 1}}
	o := graph.Options{Training: true, Seed: c.Seed, Init: c.Init, Freeze: c.Freeze}
	o.Beside = c.beside()
	if t.network, err = build(c.Model, t.state, o, t.shape, c.Batch/c.Accumulate, c.soft()); err != nil {
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

// settle puts in what zeros stand for and refuses what makes no sense.
func (c *Config) settle() error {
	if c.Batch < 0 || c.Iterations < 0 || c.Every < 0 || c.Accumulate < 0 {
		return errors.Errorf("training: batch size, its parts, iterations and steps between records cannot be negative, got %d, %d, %d and %d",
			c.Batch, c.Accumulate, c.Iterations, c.Every)
	}
	c.Batch = cmp.Or(c.Batch, 128)
	c.Accumulate = cmp.Or(c.Accumulate, 1)
	c.Iterations = cmp.Or(c.Iterations, 64000)
	if c.Batch%c.Accumulate != 0 {
		return errors.Errorf("training: a batch of %d cannot be computed in %d equal parts", c.Batch, c.Accumulate)
	}
	for _, x := range []struct {
		name         string
		value, above float64
	}{{"the label smoothing", c.Smoothing, 1}, {"the decay of the average", c.Average, 1}, {"the longest gradient", c.Clip, math.Inf(1)}} {
		if !(x.value >= 0 && x.value < x.above) {
			return errors.Errorf("training: %s cannot be %v; it is 0 for none, and below %v", x.name, x.value, x.above)
		}
	}
	if err := c.Mix.check(); err != nil {
		return err
	}
	if err := c.checkCarry(); err != nil {
		return err
	}
	return c.settleSolver()
}

// sets measures the training set, and the test set against it.
func (c *Config) sets() (length int, shape []int, err error) {
	if length, shape, err = measure(c.Train); err != nil {
		return 0, nil, errors.WithMessage(err, "training: the training set")
	}
	if length < 1 {
		return 0, nil, errors.New("training: the training set is empty")
	}
	if c.Test == nil {
		return length, shape, nil
	}
	n, other, err := measure(c.Test)
	switch {
	case err != nil:
		return 0, nil, errors.WithMessage(err, "training: the test set")
	case n < 1:
		return 0, nil, errors.New("training: the test set is empty; leave it out, or hold examples back for it")
	case !slices.Equal(shape, other):
		return 0, nil, errors.Errorf("training: the training set has examples of shape %v, the test set of %v", shape, other)
	}
	return length, shape, nil
}

// soft tells whether batches have targets other than their labels.
func (c *Config) soft() bool { return c.Smoothing > 0 || c.Mix != Mix{} }

// State is the network's parameters and running statistics.
func (t *Trainer) State() *graph.State { return t.state }

// Iteration is the number of steps done.
func (t *Trainer) Iteration() int { return t.progress.Iteration }

// Iterations is the number of steps of the whole run.
func (t *Trainer) Iterations() int { return t.config.Iterations }

// Last is the newest record, nil before the first.
func (t *Trainer) Last() *Record { return t.progress.Last }

// BestTestError is the lowest test error of all records, 1 before the first.
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

// Run trains until all iterations are done. When ctx ends it finishes the step
// and returns ctx's error: the trainer can then be saved, or run again.
func (t *Trainer) Run(ctx context.Context) error {
	parts := t.config.Accumulate
	stream, err := NewStream(t.config.Train, t.config.Batch/parts, t.config.Seed, t.progress.Iteration*parts)
	if err != nil {
		return err
	}
	stream.Workers = t.config.Workers
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
		if t.progress.Iteration >= t.config.Iterations {
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
			t.config.OnStep(Step{p.Iteration, t.config.Iterations, t.epoch(), p.Rate, loss, p.ErrorSum / float64(p.Steps), t.speed()})
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
	loss, wrong, err := t.differentiate(ctx, stream)
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
	p.Steps++
	p.LossSum += loss
	p.ErrorSum += wrong
	p.RunningError += (1 - runningDecay) * (wrong - p.RunningError)
	p.LowestError = min(p.LowestError, p.RunningError)
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

// record ends an epoch: it evaluates, and hands out the row.
func (t *Trainer) record(ctx context.Context) (err error) {
	start := time.Now()
	p := &t.progress
	before := *p
	defer func() {
		if err != nil {
			*p = before // still to be recorded
		}
	}()
	r := Record{
		Iteration: p.Iteration, Epoch: t.epoch(), Rate: p.Rate,
		TrainLoss: p.LossSum / float64(p.Steps), TrainError: p.ErrorSum / float64(p.Steps),
		ImagesPerSecond: t.speed(),
	}
	if t.config.Test != nil {
		score, err := t.Evaluate(ctx, t.config.Test)
		if err != nil {
			return err
		}
		r.Test = &score
		p.BestTestError = min(p.BestTestError, score.Error)
	}
	p.Seconds += time.Since(start).Seconds()
	r.Seconds = p.Seconds
	p.Steps, p.LossSum, p.ErrorSum, p.EpochSeconds = 0, 0, 0, 0
	p.Last = &r
	p.Errors = append(slices.Clip(p.Errors), r.TrainError)
	if r.Test != nil {
		p.Errors[len(p.Errors)-1] = r.Test.Error
	}
	if t.config.OnEpoch == nil {
		return nil
	}
	return t.config.OnEpoch(r)
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

// measured is the state that evaluations measure, which the evaluator fills with
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
	if t.evaluator != nil {
		return t.evaluator, nil
	}
	e, err := NewEvaluator(t.config.Model, t.measured(), t.shape, t.config.Batch/t.config.Accumulate)
	if err != nil {
		return nil, err
	}
	e.Workers = t.config.Workers
	t.evaluator = e
	return e, nil
}
