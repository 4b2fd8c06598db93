package training_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// scripted is a task whose metric has given values, one for each evaluation.
type scripted struct {
	training.Regression
	higher bool
	values []float64
	next   *int
}

func (s scripted) Metrics() []training.Metric {
	return []training.Metric{{Name: "script", Higher: s.higher}}
}

func (s scripted) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) training.Objective {
	o := s.Regression.Build(b, outputs, in)
	o.Meter = reader{s}
	return o
}

type reader struct{ scripted }

func (reader) Reset()             {}
func (reader) Add(training.Batch) {}
func (r reader) Values(to []float64) {
	to[0] = r.values[min(*r.next, len(r.values)-1)]
}

// TestStopper lets a metric go up and down, and wants the run to end after the record
// that exhausts the patience: whether it is left alone, or resumed from the checkpoint
// of each record.
func TestStopper(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name   string
		higher bool
		values []float64
		stop   training.Stopper
		end    int // records
		why    string
	}{
		{"never", false, []float64{1, 2, 3, 4, 5, 6}, training.Stopper{}, 6, "all steps are done"},
		{"falling", false, []float64{6, 5, 4, 3, 2, 1}, training.Stopper{Patience: 1}, 6, "all steps are done"},
		{"rising", true, []float64{1, 2, 3, 4, 5, 6}, training.Stopper{Patience: 1}, 6, "all steps are done"},
		{"rising, where falling is better", false, []float64{1, 2, 3, 4}, training.Stopper{Patience: 2}, 3, "test_script was not better than 1 of step 1 in 2 records"},
		{"the same is not better", true, []float64{0.5, 0.5, 0.5}, training.Stopper{Patience: 2}, 3, "0.5 of step 1 in 2 records"},
		{"better in between", false, []float64{5, 6, 4, 5, 4, 3}, training.Stopper{Patience: 2}, 5, "4 of step 3 in 2 records"},
		{"too little", false, []float64{5, 4.9, 4.4, 4.3, 4.2}, training.Stopper{Patience: 2, MinDelta: 0.5}, 5, "4.4 of step 3"},
		{"no number", true, []float64{nan, nan, nan, 1}, training.Stopper{Patience: 2}, 3, "in 2 records"},
		{"by a column", false, []float64{1, 2, 3}, training.Stopper{Metric: "test_script", Patience: 1}, 2, "test_script was not better than 1"},
		{"by another metric", false, []float64{1, 2, 3, 4, 5, 6}, training.Stopper{Metric: "loss", Patience: 50}, 6, "all steps are done"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, resumed := range []bool{false, true} {
				next := 0
				c := tasks()["regression"]
				c.Every, c.Iterations, c.Stop = 1, 6, test.stop
				c.Task = scripted{training.Regression{Shape: []int{2}}, test.higher, test.values, &next}
				path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
				var tr *training.Trainer
				c.OnEpoch = func(training.Record) error {
					next++
					return tr.Save(path)
				}
				tr = newTrainer(t, c)
				if err := tr.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if resumed {
					// Once more from the end, and from the start a record at a time.
					if err := tr.Load(path); err != nil {
						t.Fatal(err)
					}
					if err := tr.Run(t.Context()); err != nil {
						t.Fatal(err)
					}
					next = 0
					if err := newTrainer(t, c).Save(path); err != nil {
						t.Fatal(err)
					}
					crash := errors.New("crash")
					c.OnEpoch = func(training.Record) error {
						next++
						if err := tr.Save(path); err != nil {
							return err
						}
						return crash
					}
					for range 20 {
						tr = newTrainer(t, c)
						if err := tr.Load(path); err != nil {
							t.Fatal(err)
						}
						if err := tr.Run(t.Context()); err == nil {
							break
						} else if !errors.Is(err, crash) {
							t.Fatal(err)
						}
					}
				}
				if next != test.end || !strings.Contains(tr.Ended(), test.why) {
					t.Errorf("resumed %v: ended after %d records, want %d: %q, want %q", resumed, next, test.end, tr.Ended(), test.why)
				}
			}
		})
	}
}

// TestOnEpochStops wants ErrStop, plain or wrapped, to end a run well, and the outcome
// to say so. Run again, it goes on.
func TestOnEpochStops(t *testing.T) {
	for _, stop := range []error{training.ErrStop, errors.WithMessage(training.ErrStop, "good enough")} {
		dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := config()
		var tr *training.Trainer
		c.OnEpoch = func(r training.Record) error {
			if err := dir.Record(tr, r); err != nil {
				return err
			}
			if r.Iteration == 8 {
				return stop
			}
			return nil
		}
		tr = newTrainer(t, c)
		if err := tr.Run(t.Context()); err != nil || tr.Iteration() != 8 || tr.Last().Iteration != 8 {
			t.Fatalf("%v after step %d", err, tr.Iteration())
		}
		r, err := dir.Finish(t.Context(), tr)
		if err != nil || r.Iterations != 8 || r.Ended != stop.Error() {
			t.Errorf("outcome %+v: %v", r, err)
		}
		if err := tr.Run(t.Context()); err != nil || tr.Iteration() != 20 || tr.Ended() != "all steps are done" {
			t.Errorf("run again: %v after step %d, %s", err, tr.Iteration(), tr.Ended())
		}
		dir.Close()
	}
}
