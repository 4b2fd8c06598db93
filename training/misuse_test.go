package training_test

import (
	"context"
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

// named is a task with a metric of that name.
type named struct{ name string }

func (named) Name() string                  { return "named" }
func (n named) Metrics() []training.Metric  { return []training.Metric{{Name: n.name}} }
func (named) Fields([]int) []training.Field { return nil }
func (named) Build(*graph.Builder, gorgonia.Nodes, map[string]*gorgonia.Node) training.Objective {
	return training.Objective{}
}

// broken is a data set with four targets, which are changed.
func broken(change func(training.Fields)) fielded {
	return fielded{blobs{20}, []training.Field{{Name: training.TargetsField, Shape: []int{4}}},
		func(_ int, _ int32, _ *rand.Rand, _ []float32, to training.Fields) {
			clear(to.Floats(training.TargetsField))
			change(to)
		}}
}

// noContext is what nobody should hand over.
var noContext context.Context

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
	task := func(task training.Task, parts ...any) func(*testing.T) error {
		return trainer(func(c *training.Config) {
			c.Task = task
			for _, p := range parts {
				switch p := p.(type) {
				case training.Dataset:
					c.Train, c.Test = p, nil
				case training.Model:
					c.Model = p
				}
			}
		})
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
		{"a trainer that New has not made", func(t *testing.T) error { return new(training.Trainer).Run(t.Context()) }, "a Trainer is made by New"},
		{"loading into one", func(*testing.T) error { return (*training.Trainer)(nil).Load("run/latest.safetensors") }, "a Trainer is made by New"},
		{"measuring with one", func(t *testing.T) error {
			_, err := new(training.Trainer).Evaluate(t.Context(), blobs{5})
			return err
		}, "a Trainer is made by New"},
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
		{"class weights of too few classes", task(training.Classification{Weights: []float32{1, 2}}, nil), "want weights of 4 classes, got 2"},
		{"a class weight below 0", task(training.Classification{Weights: []float32{1, 2, -3, 1}}, nil), "the weight of class 2 cannot be -3"},
		{"no class weighs anything", task(training.Classification{Weights: []float32{0, 0, 0, 0}}, nil), "no class has a weight above 0"},
		{"a classification that is a nil pointer", task((*training.Classification)(nil), nil), "the task, a *training.Classification, or the model, a resnet.Config: panic"},
		{"a task that is a nil pointer", task((*training.Regression)(nil), nil), "the task, a *training.Regression, or the model, a resnet.Config: panic"},
		{"a task with a metric of a strange name", task(named{"training: Loss"}, nil), `a metric cannot be called "training: Loss"`},
		{"a data set without fields", task(training.Regression{}, blobs{20}), "a training_test.blobs, has nothing but pictures and labels, and is to have the field targets, numbers [1]; it must be Fielded"},
		{"a data set that lacks a field", task(training.Regression{Shape: []int{2}}, masked(20)), "a training_test.fielded, lacks the field targets, numbers [2]"},
		{"a field of another shape", task(training.MultiLabel{Classes: 4}, places(20)), "has the field targets, numbers [2], where targets, numbers [4] is wanted"},
		{"a task that aims at nothing", task(named{"fine"}, nil), "named: want a loss that is a scalar, and a meter"},
		{"a field of no shape", task(training.MultiLabel{}, places(20)), "field targets, numbers [0]: want a shape of at least 1"},
		{"a model with other outputs", task(training.Regression{Shape: []int{2}}, places(20)), "regression: the model's output is (16, 4), the targets are (16, 2)"},
		{"targets of NaN", task(training.Regression{Shape: []int{4}}, broken(func(to training.Fields) { to.Floats(training.TargetsField)[2] = float32(math.NaN()) })),
			"the training set: example 0: field targets holds NaN"},
		{"targets that are infinite in one example", func(t *testing.T) error {
			seen := 0
			l, err := training.NewStream(broken(func(to training.Fields) {
				if seen++; seen == 5 {
					to.Floats(training.TargetsField)[2] = float32(math.Inf(1))
				}
			}), 4, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			l.Fields, l.Workers = []training.Field{{Name: training.TargetsField, Shape: []int{4}}}, 1
			if _, err := l.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err = l.Next(t.Context())
			return err
		}, "field targets holds +Inf"},
		{"fields that panic", task(training.Regression{Shape: []int{4}}, broken(func(to training.Fields) { to.Ints(training.TargetsField)[0] = 1 })), "example 0: panic"},
		{"targets that are no probabilities", task(training.MultiLabel{Classes: 4}, broken(func(to training.Fields) { copy(to.Floats(training.TargetsField), []float32{0, 1, 0, 7}) })),
			"is 7; want 0 to 1"},
		{"labels mixed in another task", trainer(func(c *training.Config) { c.Task, c.Mix.Mixup = training.MultiLabel{Classes: 4}, 0.2 }),
			"smoothed labels, mixup and CutMix belong to Classification, not to a training.MultiLabel"},
		{"a schedule by the error in another task", trainer(func(c *training.Config) {
			c.Task, c.Schedule = training.MultiLabel{Classes: 4}, training.Warmup{Then: training.ErrorWarmup{Low: 0.01, Then: training.Constant{Base: 0.1}}}
		}), "errorwarmup goes by the training error, which the task multi-label does not have"},
		{"stopping by an unknown metric", trainer(func(c *training.Config) { c.Stop = training.Stopper{Metric: "f1", Patience: 3} }),
			`training: stopper: classification has no metric "f1"; there are test_error, test_top5_error, test_loss, train_error, train_loss`},
		{"stopping by a test set that is not there", trainer(func(c *training.Config) { c.Test, c.Stop = nil, training.Stopper{Metric: "test_loss", Patience: 3} }),
			`has no metric "test_loss" without a test set; there are train_error, train_loss`},
		{"stopping without patience", trainer(func(c *training.Config) { c.Stop = training.Stopper{Metric: "loss"} }), "want a patience of 1 or more records"},
		{"negative patience", trainer(func(c *training.Config) { c.Stop.Patience = -1 }), "want a patience and a least difference of 0 or more, got -1"},
		{"a least difference of NaN", trainer(func(c *training.Config) { c.Stop = training.Stopper{Patience: 1, MinDelta: math.NaN()} }), "got 1 and NaN"},
		{"a model without the field that it reads", task(training.Regression{Shape: []int{8, 8, 3}}, denoiser{}, fielded{blobs{20}, noisy(1).fields[1:], nil}), "lacks the field time"},
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
		{"no context", func(t *testing.T) error { return newTrainer(t, config()).Run(noContext) }, "want a context, got nil"},

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
