package training_test

import (
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// sized is blobs of another shape.
type sized struct {
	blobs
	shape []int
}

func (d sized) Shape() []int { return d.shape }

func (d sized) Example(_ int, _ *rand.Rand, dst []float32) (int32, error) {
	clear(dst)
	return 0, nil
}

// labelled is blobs whose examples all have one label.
type labelled struct {
	blobs
	label int32
}

func (d labelled) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	_, err := d.blobs.Example(i, rng, dst)
	return d.label, err
}

// nowhere is a schedule from outside the package.
type nowhere struct{}

func (nowhere) Rate(training.Progress) float64 { return math.NaN() }

// TestMisuse uses the package wrongly, and wants one line that says what is wrong.
func TestMisuse(t *testing.T) {
	trainer := func(change func(*training.Config)) func(*testing.T) error {
		return func(t *testing.T) error {
			c := config()
			change(&c)
			tr, err := training.New(c)
			if err != nil {
				return err
			}
			return tr.Run(t.Context())
		}
	}
	evaluator := func(use func(*training.Evaluator) error) func(*testing.T) error {
		return func(t *testing.T) error {
			e, err := training.NewEvaluator(tiny("tiny", 4), graph.NewState(), []int{8, 8, 3}, 4)
			if err != nil {
				t.Fatal(err)
			}
			return use(e)
		}
	}
	closed := func(use func(*training.Directory, *training.Trainer) error) func(*testing.T) error {
		return func(t *testing.T) error {
			dir, err := training.CreateDirectory(t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := dir.Close(); err != nil {
				t.Fatal(err)
			}
			return use(dir, newTrainer(t, config()))
		}
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T) error
		want string
	}{
		{"no model", trainer(func(c *training.Config) { c.Model = nil }), "a model and a training set are needed"},
		{"a model that is a nil pointer", trainer(func(c *training.Config) { c.Model = (*resnet.Config)(nil) }), "building the network of a *resnet.Config: panic"},
		{"no training set", trainer(func(c *training.Config) { c.Train = nil }), "a model and a training set are needed"},
		{"a training set that is a nil pointer", trainer(func(c *training.Config) { c.Train = (*cifar.Examples)(nil) }), "the training set: the data set, a *cifar.Examples, has no length or shape"},
		{"a training set without pictures", trainer(func(c *training.Config) { c.Train = cifar.Examples{} }), "the training set"},
		{"a test set without pictures", trainer(func(c *training.Config) { c.Test = cifar.Examples{} }), "the test set"},
		{"an empty training set", trainer(func(c *training.Config) { c.Train = blobs{0} }), "the training set is empty"},
		{"an empty test set", trainer(func(c *training.Config) { c.Test = blobs{0} }), "the test set is empty"},
		{"a test set of other sizes", trainer(func(c *training.Config) { c.Test = sized{blobs{5}, []int{16, 16, 3}} }),
			"the training set has examples of shape [8 8 3], the test set of [16 16 3]"},
		{"a training set of flat examples", trainer(func(c *training.Config) { c.Train, c.Test = sized{blobs{5}, []int{192}}, nil }),
			"want examples of shape [H W C], got [192]"},
		{"a negative batch", trainer(func(c *training.Config) { c.Batch = -1 }), "cannot be negative, got -1"},
		{"a batch in unequal parts", trainer(func(c *training.Config) { c.Accumulate = 3 }), "a batch of 16 cannot be computed in 3 equal parts"},
		{"all smoothed away", trainer(func(c *training.Config) { c.Smoothing = 1 }), "the label smoothing cannot be 1"},
		{"a negative average", trainer(func(c *training.Config) { c.Average = -0.5 }), "the decay of the average cannot be -0.5"},
		{"clipping at NaN", trainer(func(c *training.Config) { c.Clip = math.NaN() }), "the longest gradient cannot be NaN"},
		{"a negative alpha", trainer(func(c *training.Config) { c.Mix.CutMix = -1 }), "the alpha of mixup or CutMix cannot be -1"},
		{"freezing what is not there", trainer(func(c *training.Config) { c.Freeze = []string{"layer7"} }), "cannot freeze layer7"},
		{"a solver that is a nil pointer", trainer(func(c *training.Config) { c.Solver = (*gorgonia.AdamSolver)(nil) }), "a nil *gorgonia.AdamSolver"},
		{"a negative rate", trainer(func(c *training.Config) { c.Schedule = training.Constant{Base: -0.1} }), "want a rate of 0 or more, got -0.1"},
		{"a rate of NaN", trainer(func(c *training.Config) { c.Schedule = training.Constant{Base: math.NaN()} }), "want a rate of 0 or more, got NaN"},
		{"a schedule that comes to NaN", trainer(func(c *training.Config) { c.Schedule = nowhere{} }), "iteration 0: the schedule: want a rate of 0 or more, got NaN"},
		{"a cosine that rises", trainer(func(c *training.Config) { c.Schedule = training.Cosine{Base: 0.1, Final: 3} }), "want a final rate of 0 to 0.1, the rate at the start, got 3"},
		{"a schedule that is a nil pointer", trainer(func(c *training.Config) { c.Schedule = (*training.OneCycle)(nil) }), "want a schedule, got nil of type *training.OneCycle"},
		{"a warm-up to nothing", trainer(func(c *training.Config) { c.Schedule = training.Warmup{Span: training.Iterations(5)} }), "warmup: want a schedule, got nil"},
		{"a schedule for a solver without a rate", trainer(func(c *training.Config) { c.Solver = gorgonia.NewAdaGradSolver() }), "the learning rate of a *gorgonia.AdaGradSolver cannot be set"},
		{"a network that does not fit", trainer(func(c *training.Config) { c.Model = tiny("bad", 0) }), "conv1"},
		{"labels that are all negative", trainer(func(c *training.Config) { c.Train = labelled{blobs{20}, -1} }), "label -1: classes are numbered from 0"},
		{"mixed, labels that are all negative", trainer(func(c *training.Config) { c.Train, c.Smoothing = labelled{blobs{20}, -1}, 0.1 }), "label -1: classes are numbered from 0"},
		{"test labels that are all negative", trainer(func(c *training.Config) { c.Test = labelled{blobs{20}, -1} }), "label -1: classes are numbered from 0"},
		{"labels beyond the classes", trainer(func(c *training.Config) { c.Train = labelled{blobs{20}, 4} }), "label 4 in a network of 4 classes"},
		{"a training set that changes", func(t *testing.T) error {
			c := config()
			d := &blobs{60}
			c.Train = d
			tr := newTrainer(t, c)
			d.n = 30
			return tr.Run(t.Context())
		}, "the training set has changed: 60 examples of shape [8 8 3], and now 30"},
		{"no context", func(t *testing.T) error { return newTrainer(t, config()).Run(nil) }, "want a context, got nil"}, //nolint:staticcheck // that is the misuse

		{"an evaluator without a model", func(t *testing.T) error {
			_, err := training.NewEvaluator(nil, graph.NewState(), []int{8, 8, 3}, 4)
			return err
		}, "want a model and a state"},
		{"an evaluator without a state", func(t *testing.T) error {
			_, err := training.NewEvaluator(tiny("tiny", 4), nil, []int{8, 8, 3}, 4)
			return err
		}, "want a model and a state"},
		{"an evaluator of batches of 0", func(t *testing.T) error {
			_, err := training.NewEvaluator(tiny("tiny", 4), graph.NewState(), []int{8, 8, 3}, 0)
			return err
		}, "images"},
		{"an evaluator that nobody made", func(t *testing.T) error {
			_, err := (&training.Evaluator{}).Evaluate(t.Context(), blobs{5})
			return err
		}, "want an evaluator of NewEvaluator"},
		{"smaller examples", evaluator(func(e *training.Evaluator) error {
			_, err := e.Evaluate(t.Context(), sized{blobs{5}, []int{4, 4, 3}})
			return err
		}), "built for examples of shape [8 8 3], the data set has [4 4 3]"},
		{"larger examples", evaluator(func(e *training.Evaluator) error {
			_, err := e.Predict(t.Context(), sized{blobs{5}, []int{16, 16, 3}})
			return err
		}), "built for examples of shape [8 8 3], the data set has [16 16 3]"},
		{"examples of one channel", evaluator(func(e *training.Evaluator) error {
			_, err := e.Evaluate(t.Context(), sized{blobs{5}, []int{8, 8, 1}})
			return err
		}), "built for examples of shape [8 8 3], the data set has [8 8 1]"},
		{"as many values in another shape", evaluator(func(e *training.Evaluator) error {
			_, err := e.Evaluate(t.Context(), sized{blobs{5}, []int{16, 4, 3}})
			return err
		}), "built for examples of shape [8 8 3], the data set has [16 4 3]"},
		{"nothing to evaluate", evaluator(func(e *training.Evaluator) error {
			_, err := e.Evaluate(t.Context(), nil)
			return err
		}), "want a data set, got nil"},

		{"records after Close", closed(func(d *training.Directory, tr *training.Trainer) error { return d.Record(tr, training.Record{}) }), "is closed"},
		{"a checkpoint after Close", closed(func(d *training.Directory, tr *training.Trainer) error { return d.Save(tr) }), "is closed"},
		{"an outcome after Close", closed(func(d *training.Directory, tr *training.Trainer) error {
			_, err := d.Finish(t.Context(), tr)
			return err
		}), "is closed"},
		{"going back after Close", closed(func(d *training.Directory, tr *training.Trainer) error { return d.GoBack(t.Context(), tr) }), "is closed"},
		{"rows after Close", closed(func(d *training.Directory, _ *training.Trainer) error {
			return d.Table("table.csv", "iteration").Append([]string{"1"})
		}), "is closed"},
		{"other settings after Close", closed(func(d *training.Directory, tr *training.Trainer) error { return d.Extend("longer") }), "is closed"},
		{"a checkpoint of no trainer", closed(func(d *training.Directory, _ *training.Trainer) error { return d.Save(nil) }), "want a trainer, got nil"},
		{"weights for no state", func(*testing.T) error { return training.LoadWeights(nil, "testdata/momentum.safetensors") }, "want a state to load weights into"},
		{"another command's run", func(t *testing.T) error {
			dir, err := training.CreateDirectory(t.TempDir(), map[string]any{"augment": "paper"})
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			_, err = training.OpenDirectory(dir.Path(), &struct {
				Augment bool `json:"augment"`
			}{})
			return err
		}, `holds the settings of another command, or of another version of this one: "augment" is a string there, want bool`},

		{"a loader that nobody made", func(t *testing.T) error {
			_, err := new(training.Loader).Next(t.Context())
			return err
		}, "want a loader of NewStream or NewPass"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("panic: %v", r)
				}
			}()
			err := test.do(t)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want one line with %q, got %v", test.want, err)
			}
		})
	}
}

// TestCloseDuringNext closes a loader while Next waits for an example, and wants Next
// to come back; what is being read is waited for by Close alone.
func TestCloseDuringNext(t *testing.T) {
	gate := make(chan struct{})
	l := newStream(t, numbers{n: 8, do: func(int) error { <-gate; return nil }}, 4, 1, 0, 2)
	failed := make(chan error)
	go func() {
		_, err := l.Next(t.Context())
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond) // for Next to wait
	closed := make(chan struct{})
	go func() {
		l.Close()
		close(closed)
	}()
	select {
	case err := <-failed:
		if err == nil || err == io.EOF || !strings.Contains(err.Error(), "closed") {
			t.Errorf("want an error of a closed loader, got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Next hangs")
	}
	close(gate)
	<-closed
}
