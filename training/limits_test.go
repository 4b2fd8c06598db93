package training_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// stripes is a data set of n pictures of any size: noise, and a brightness that goes
// with the label.
type stripes struct{ n, height, width, classes int }

func (d stripes) Len() int     { return d.n }
func (d stripes) Shape() []int { return []int{d.height, d.width, 3} }

func (d stripes) Example(i int, _ *rand.Rand, dst []float32) (int32, error) {
	r := rand.New(rand.NewPCG(5, uint64(i)))
	label := i % d.classes
	for j := range dst {
		dst[j] = float32(r.NormFloat64() + float64(label))
	}
	return int32(label), nil
}

// TestSizes trains on pictures of sizes that do not halve evenly, and wants the loss
// to fall and a picture alone to be answered as it is among others, where it cannot
// be done an error that says where.
func TestSizes(t *testing.T) {
	for _, test := range []struct {
		model         string
		height, width int
		batch         int
		words         []string // of the error
	}{
		{"resnet20", 33, 35, 4, nil},
		{"resnet20", 9, 32, 4, nil},
		{"resnet20", 1, 3, 4, nil},
		{"preact_resnet18", 33, 65, 2, nil},
		{"resnet18", 225, 190, 1, nil},
		{"resnet18", 1, 1, 2, nil},
		{"resnet20", 1, 1, 1, []string{"bn1", "more than one value"}},
		{"vgg16_bn", 33, 15, 2, []string{"features.33", "window of 2", "4x1"}},
	} {
		t.Run(fmt.Sprintf("%s %dx%d", test.model, test.height, test.width), func(t *testing.T) {
			const steps = 4
			model, err := resnet.Lookup(test.model, resnet.Options{Classes: 2})
			if err != nil {
				t.Fatal(err)
			}
			d := stripes{test.batch, test.height, test.width, 2}
			var losses []float64
			tr, err := training.New(training.Config{Name: test.model, Model: model, Train: d, Batch: test.batch, Iterations: steps,
				Schedule: training.Constant{Base: 0.01}, OnStep: func(s training.Step) { losses = append(losses, s.Loss) }})
			if test.words != nil {
				for _, w := range test.words {
					if err == nil || !strings.Contains(err.Error(), w) {
						t.Errorf("error %v, want one that says %q", err, w)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if last := losses[steps-1]; !(last < losses[0]) {
				t.Errorf("losses %v, want them to fall", losses)
			}
			var scores [2]training.Score
			for i, batch := range []int{1, test.batch + 1} { // the last is padded
				e, err := training.NewEvaluator(model, tr.State(), d.Shape(), batch)
				if err != nil {
					t.Fatal(err)
				}
				if scores[i], err = e.Evaluate(t.Context(), d); err != nil {
					t.Fatal(err)
				}
			}
			if a, b := scores[0], scores[1]; a.N != test.batch || b.N != test.batch || a.Correct != b.Correct || !(math.Abs(a.Loss-b.Loss) <= 1e-5*(1+a.Loss)) {
				t.Errorf("%+v one by one, %+v together", a, b)
			}
		})
	}
}

// TestOneClass wants a network of one class to be right at once and to learn nothing.
func TestOneClass(t *testing.T) {
	c := config()
	model := tiny("one", 4)
	model.About.Classes = 1
	c.Model, c.Train, c.Test, c.Iterations = model, stripes{10, 8, 8, 1}, stripes{7, 8, 8, 1}, 3
	tr := newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := tr.Last(); r.TrainLoss != 0 || r.TrainError != 0 || *r.Test != (training.Score{Correct: 7, N: 7}) {
		t.Errorf("record %+v with %+v, want losses and errors of 0", r, r.Test)
	}
	c.Train = stripes{10, 8, 8, 2}
	if err := newTrainer(t, c).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "label 1 in a network of 1 classes") {
		t.Errorf("a second class: error %v", err)
	}
}

// TestDoesNotFit wants training, evaluation and prediction to be refused where there
// is no memory for them, and to work with the batch that is advised.
func TestDoesNotFit(t *testing.T) {
	t.Setenv("GORGONET_MEMORY", "32MiB")
	c := config()
	c.Batch, c.Test = 100_000, nil
	_, err := training.New(c)
	var e *graph.MemoryError
	if !errors.As(err, &e) || e.Batch != c.Batch || e.Fits < 1 {
		t.Fatalf("error %v, want a memory error with a batch that fits", err)
	}
	c.Batch, c.Iterations = e.Fits, 1
	if err := newTrainer(t, c).Run(t.Context()); err != nil {
		t.Errorf("a batch of %d: %v", e.Fits, err)
	}
	plain := e.Fits
	c.Test, c.Average, c.Batch = blobs{50}, 0.9, 100_000 // graph and loader of evaluations count
	if _, err = training.New(c); !errors.As(err, &e) || e.Fits < 1 || e.Fits >= plain {
		t.Errorf("with a test set: error %v, want the advice of less than %d", err, plain)
	}
	c.Batch = e.Fits
	newTrainer(t, c)
	if _, err := training.NewEvaluator(c.Model, graph.NewState(), c.Train.Shape(), 1_000_000); !errors.As(err, &e) {
		t.Errorf("evaluation: error %v, want a memory error", err)
	}
	t.Setenv("GORGONET_MEMORY", "1MiB")
	if _, err := resnet.NewPredictor(tiny("tiny", 4), graph.NewState(), 8, 8, resnet.PredictorOptions{}); !errors.As(err, &e) || e.Fits != 0 {
		t.Errorf("prediction: error %v, want a memory error", err)
	}
}
