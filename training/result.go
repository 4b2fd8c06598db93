package training

import (
	"context"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/pkg/errors"
)

// Result is the outcome of a run; errors are fractions. What earlier versions did not
// record is zero.
type Result struct {
	Model           string    `json:"model"`
	Parameters      int       `json:"parameters"`
	Iterations      int       `json:"iterations"`
	TrainError      float64   `json:"train_error"`
	TestError       float64   `json:"test_error"`
	TestTop5Error   float64   `json:"test_top5_error"`
	BestTestError   float64   `json:"best_test_error"`
	ImagesPerSecond float64   `json:"images_per_second"`
	Seconds         float64   `json:"seconds"`
	Finished        time.Time `json:"finished,omitzero"`
	Machine         Machine   `json:"machine,omitzero"`
	Go              string    `json:"go,omitempty"`      // the version that compiled the program
	Version         string    `json:"version,omitempty"` // of this project
	Ended           string    `json:"ended,omitempty"`   // why; see Trainer.Ended

	Task    string    `json:"task,omitempty"`    // where it is not classification
	Metrics []Outcome `json:"metrics,omitempty"` // of such a task
}

// Outcome is what has become of a metric. What was not measured is nil.
type Outcome struct {
	Metric
	Train *float64 `json:"train,omitempty"`
	Test  *float64 `json:"test,omitempty"`
	Best  *float64 `json:"best,omitempty"` // of all records on the test set, of what the best checkpoint goes by
}

// MarshalJSON leaves the errors of classes out where the task is another.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	if r.Task == "" {
		return json.Marshal(plain(r))
	}
	return json.Marshal(struct {
		plain
		TrainError    *float64 `json:"train_error,omitempty"`
		TestError     *float64 `json:"test_error,omitempty"`
		TestTop5Error *float64 `json:"test_top5_error,omitempty"`
		BestTestError *float64 `json:"best_test_error,omitempty"`
	}{plain: plain(r)})
}

// Result reads the outcome, nil while the run has not ended.
func (d *Directory) Result() (*Result, error) {
	text, err := os.ReadFile(d.file(resultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the outcome")
	}
	r := &Result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", d.file(resultFile))
	}
	return r, nil
}

// Finish writes what the network makes of the test set and the outcome of a run
// that has ended, and returns the outcome. When ctx ends before, the run can be
// finished again.
func (d *Directory) Finish(ctx context.Context, t *Trainer) (Result, error) {
	if err := d.writable(t); err != nil {
		return Result{}, err
	}
	if err := d.predict(ctx, t); err != nil {
		return Result{}, err
	}
	r := Result{
		Model: t.config.Name, Parameters: t.state.Parameters(), Iterations: t.Iteration(), BestTestError: fraction8(t.BestTestError()),
		Finished: time.Now().Round(time.Second), Machine: ThisMachine(), Go: runtime.Version(), Version: Version(),
		Ended: t.Ended(),
	}
	if _, ok := classifies(t.config.Task); !ok {
		r.Task, r.Metrics = t.config.Task.Name(), t.outcomes()
	}
	if last := t.Last(); last != nil {
		r.TrainError, r.ImagesPerSecond, r.Seconds = fraction8(last.TrainError), rounded(last.ImagesPerSecond, 10), rounded(last.Seconds, 100)
		if last.Test != nil {
			r.TestError, r.TestTop5Error = fraction8(last.Test.Error), fraction8(last.Test.Top5Error)
		}
	}
	return r, d.writeJSON(resultFile, r)
}

// outcomes are those of the task's metrics.
func (t *Trainer) outcomes() []Outcome {
	var all []Outcome
	measured := func(v float64) *float64 {
		if v = fraction8(v); !finite(v) {
			return nil
		}
		return &v
	}
	for _, m := range t.config.Task.Metrics() {
		o := Outcome{Metric: m}
		if last := t.Last(); last != nil {
			o.Test = measured(last.Value(testPrefix + m.Name))
			if m.Training {
				o.Train = measured(last.Value(trainPrefix + m.Name))
			}
		}
		if best, known := t.Best(); known && t.primary.column == testPrefix+m.Name {
			o.Best = measured(best)
		}
		all = append(all, o)
	}
	return all
}

// fraction8 rounds a fraction to 8 decimals, which no data set is too large for: 1 -
// 0.9 is 0.1 to those who read it.
func fraction8(v float64) float64 { return rounded(v, 1e8) }

// rounded rounds to that part of 1.
func rounded(v, part float64) float64 { return math.Round(v*part) / part }

// Extend makes a run longer, one that has ended too, by writing new settings in place
// of those that it has. The outcome of the shorter run is taken away.
func (d *Directory) Extend(config any) error {
	if err := d.locked(); err != nil {
		return err
	}
	if err := os.Remove(d.file(resultFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "training: cannot take the old outcome away")
	}
	return d.writeJSON(configFile, config)
}
