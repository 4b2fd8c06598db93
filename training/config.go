package training

import (
	"cmp"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Config says what to train and how. The zero values of Batch, Iterations,
// Schedule and Optimizer are the paper's recipe for CIFAR-10 (He et al. 2015,
// section 4.2).
type Config struct {
	Name  string // of the model; a checkpoint of another name is refused
	Model Model
	Train Dataset
	Test  Dataset // evaluated at the end of every epoch; nil for none
	Task  Task    // what for; nil means Classification{}

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
	Smoothing float64  // of labels, in Classification: the part of the probability that all classes share
	Mix       Mix      // of pictures and labels within a batch, in Classification
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
	// by names of their own, such as what OnEpoch counts. Load sets those that the
	// checkpoint has.
	Carry map[string]any

	// Every is how many steps lie between records; 0 means an epoch.
	Every int

	// Stop ends the run when a metric has stopped getting better; the zero value never.
	Stop Stopper

	// OnStep is called after every step, OnEpoch with every record: at the end of
	// every epoch, or Every so many steps, and of the run. An error of OnEpoch ends
	// the run; should it go on, OnEpoch is called with that record again. ErrStop, or an
	// error that wraps it, ends the run well: Run then returns nil.
	OnStep  func(Step)
	OnEpoch func(Record) error
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
	if err := c.settleTask(); err != nil {
		return err
	}
	if err := c.checkCarry(); err != nil {
		return err
	}
	if err := c.settleSolver(); err != nil {
		return err
	}
	if byError(c.Schedule) && !slices.ContainsFunc(c.Task.Metrics(), func(m Metric) bool { return m.Name == errorName && m.Training }) {
		return errors.Errorf("training: schedule: errorwarmup goes by the training error, which the task %s does not have", c.Task.Name())
	}
	return nil
}

// byError tells whether a schedule goes by the running training error.
func byError(s Schedule) bool {
	switch s := s.(type) {
	case ErrorWarmup:
		return true
	case Warmup:
		return byError(s.Then)
	}
	return false
}

// settleTask puts Classification in where there is no task, with what else the Config
// says of it.
func (c *Config) settleTask() error {
	if c.Task == nil {
		c.Task = Classification{}
	}
	of, ok := classifies(c.Task)
	switch {
	case ok:
		c.Task = mixing{Classification: of, mix: c.Mix, smoothing: c.Smoothing}
		return of.check()
	case c.Smoothing > 0 || c.Mix != Mix{}:
		return errors.Errorf("training: smoothed labels, mixup and CutMix belong to Classification, not to a %T", c.Task)
	}
	return nil
}

// sets measures the training set, and the test set against it.
func (c *Config) sets() (length int, shape []int, err error) {
	if length, shape, err = measure(c.Train); err != nil {
		return 0, nil, errors.WithMessage(err, "training: the training set")
	}
	if length < 1 {
		return 0, nil, errors.New("training: the training set is empty")
	}
	fields, err := checkTask(c.Task, c.Model, shape)
	if err != nil {
		return 0, nil, err
	}
	if err := sample(c.Train, shape, fields); err != nil {
		return 0, nil, errors.WithMessage(err, "training: the training set")
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
	return length, shape, errors.WithMessage(sample(c.Test, shape, fields), "training: the test set")
}

// sample looks whether a data set has the fields, and reads its first example where it
// is to have any.
func sample(d Dataset, shape []int, fields []Field) error {
	fields = carried(fields)
	if err := agree(d, fields); err != nil || len(fields) == 0 {
		return err
	}
	l, err := newLoader(d, 1)
	if err != nil {
		return err
	}
	_, err = l.example(0, nil, make([]float32, l.size), newFields(fields, 1))
	return errors.WithMessage(err, "example 0")
}
