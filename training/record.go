package training

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Step is what one step of training yields.
type Step struct {
	Iteration, Iterations int     // steps done and steps in all
	Epoch                 float64 // passes over the training set done
	Rate                  float64 // learning rate; 0 where the solver keeps its own
	Loss                  float64 // of the batch
	Error                 float64 // mean training error of the epoch so far, a fraction
	ImagesPerSecond       float64 // since the epoch began

	Values Values // means of the epoch so far of the task's other metrics that are measured in training
}

// Record is one row of the log: an epoch, or the rest of one at the end.
type Record struct {
	Iteration       int
	Epoch           float64
	Rate            float64 // learning rate of the last step; 0 where the solver keeps its own
	TrainLoss       float64 // means over the epoch's batches as they were seen
	TrainError      float64
	Train           Values  `json:",omitempty"` // the task's other metrics that are measured in training, like TrainError
	Test            *Score  // nil without a test set
	Seconds         float64 // since the start of the run, over all its sessions
	ImagesPerSecond float64 // of training, evaluation left out
}

// Value is what a column of log.csv says: train_ or test_ and the name of a metric, loss
// among them; NaN where there is none.
func (r *Record) Value(column string) float64 {
	if name, ok := strings.CutPrefix(column, testPrefix); ok {
		if r.Test == nil {
			return math.NaN()
		}
		return r.Test.Value(name)
	}
	name := strings.TrimPrefix(column, trainPrefix)
	train := Score{Loss: r.TrainLoss, Error: r.TrainError, Top5Error: math.NaN(), values: &r.Train}
	return train.Value(name)
}

// What the names of metrics begin with in the log.
const (
	trainPrefix = "train_"
	testPrefix  = "test_"
)

// bounded is a value that JSON has, as bad as one that is not finite.
func bounded(v float64, higher bool) float64 {
	switch {
	case finite(v):
		return v
	case higher:
		return -math.MaxFloat64
	}
	return math.MaxFloat64
}

// gauge is a number of a record that decides something.
type gauge struct {
	column string // of the log
	higher bool   // is better
}

// find is the column of a record that a name means: a column of the log, or a metric on
// the test set.
func (c *Config) find(name string) (gauge, error) {
	known := c.measures()
	for _, m := range known {
		if m.column == name || m.column == testPrefix+name {
			return m, nil
		}
	}
	var names []string
	for _, m := range known {
		names = append(names, m.column)
	}
	why := ""
	if c.Test == nil {
		why = " without a test set"
	}
	return gauge{}, errors.Errorf("%s has no metric %q%s; there are %s", c.Task.Name(), name, why, strings.Join(names, ", "))
}

// measures are all that records have, what the best checkpoint goes by first.
func (c *Config) measures() []gauge {
	var train, test []gauge
	for _, m := range c.Task.Metrics() {
		if m.Training {
			train = append(train, gauge{trainPrefix + m.Name, m.Higher})
		}
		test = append(test, gauge{testPrefix + m.Name, m.Higher})
	}
	train = append(train, gauge{trainPrefix + lossName, false})
	test = append(test, gauge{testPrefix + lossName, false})
	if c.Test == nil {
		return train
	}
	return append(test, train...)
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
	Sums          Values  `json:"sums,omitempty"` // of other metrics
	EpochSeconds  float64 `json:"epoch_seconds"`
	Seconds       float64 `json:"seconds"`
	BestTestError float64 `json:"best_test_error"`
	Rate          float64 `json:"rate"` // of the last step
	Last          *Record `json:"last,omitempty"`

	FirstLoss float64   `json:"first_loss,omitempty"` // of the run's first step
	Setbacks  int       `json:"setbacks,omitempty"`
	Errors    []float64 `json:"errors,omitempty"` // of all records, on the test set where there is one; of another task, what the best checkpoint goes by
	Best      *float64  `json:"best,omitempty"`   // of those of the test set, where they are no errors
	Stop      *stalled  `json:"stop,omitempty"`
}

// runningDecay makes the running training error a mean over about 50 steps.
const runningDecay = 0.98

// means are those of the metrics that only Sums has.
func (p *progress) means() (v Values) {
	for name, sum := range p.Sums {
		v.set(name, sum/float64(p.Steps))
	}
	return v
}

// take adds what a step measured in training, before it is counted. A metric of which
// there was nothing to measure stands at its mean so far.
func (p *progress) take(metrics []Metric, values []float64) {
	for i, m := range metrics {
		if !m.Training {
			continue
		}
		v, sum := values[i], p.Sums[m.Name]
		if m.Name == errorName {
			sum = p.ErrorSum
		}
		if math.IsNaN(v) {
			v = sum / float64(max(p.Steps, 1))
		}
		if m.Name != errorName {
			p.Sums.set(m.Name, sum+v)
			continue
		}
		p.ErrorSum += v
		p.RunningError += (1 - runningDecay) * (v - p.RunningError)
		p.LowestError = min(p.LowestError, p.RunningError)
	}
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
		Train: p.means(), ImagesPerSecond: t.speed(),
	}
	if t.config.Test != nil {
		score, err := t.Evaluate(ctx, t.config.Test)
		if err != nil {
			return err
		}
		r.Test = &score
	}
	p.Seconds += time.Since(start).Seconds()
	r.Seconds = p.Seconds
	p.Steps, p.LossSum, p.ErrorSum, p.Sums, p.EpochSeconds = 0, 0, 0, nil, 0
	p.Last = &r
	value := bounded(r.Value(t.primary.column), t.primary.higher)
	p.Errors = append(slices.Clip(p.Errors), value)
	if r.Test != nil && t.improves(value) {
		t.setBest(value)
	}
	p.Stop = t.config.Stop.after(p.Stop, r, t.stopping)
	if t.config.OnEpoch == nil {
		return nil
	}
	err = t.config.OnEpoch(r)
	if errors.Is(err, ErrStop) {
		t.ended, err = err.Error(), nil
	}
	return err
}

// improves tells whether a value is better than the best of all records so far.
func (t *Trainer) improves(value float64) bool {
	best, known := t.Best()
	return !known || value < best && !t.primary.higher || value > best && t.primary.higher
}

// setBest notes the best value.
func (t *Trainer) setBest(value float64) {
	if t.primary.column == testPrefix+errorName {
		t.progress.BestTestError = min(t.progress.BestTestError, value)
	} else {
		t.progress.Best = &value
	}
}

// Best is the best value of all records of what the best checkpoint goes by, the first
// of the task's metrics on the test set; there is none before the first record, and
// without a test set.
func (t *Trainer) Best() (value float64, known bool) {
	p := &t.progress
	switch {
	case t.primary.column == testPrefix+errorName:
		return p.BestTestError, p.Last != nil
	case p.Best != nil:
		return *p.Best, true
	}
	return math.NaN(), false
}

// isBest tells whether the newest record, r, is as good as any.
func (t *Trainer) isBest(r Record) bool {
	best, known := t.Best()
	return r.Test != nil && known && bounded(r.Value(t.primary.column), t.primary.higher) == best
}
