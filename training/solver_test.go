package training_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// parameter is a named value with a gradient.
type parameter struct {
	name        string
	value, grad *tensor.Dense
}

func (p parameter) Name() string                  { return p.name }
func (p parameter) Value() gorgonia.Value         { return p.value }
func (p parameter) Grad() (gorgonia.Value, error) { return p.grad, nil }

// ungraded is a parameter of a graph that has not run.
type ungraded struct{ parameter }

func (ungraded) Grad() (gorgonia.Value, error) { return nil, nil }

func dense(shape tensor.Shape, values ...float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func TestSolverErrors(t *testing.T) {
	w := dense(tensor.Shape{2}, 1, 2)
	double := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))
	for _, test := range []struct {
		name string
		p    gorgonia.ValueGrad
		want string
	}{
		{"other size", parameter{"w", w, dense(tensor.Shape{3}, 1, 2, 3)}, "w: want a float32 tensor and a gradient of its size"},
		{"other type", parameter{"w", double, w}, "w: want a float32 tensor"},
		{"no gradient", ungraded{parameter{"w", w, nil}}, "w: want a float32 tensor and a gradient of its size, got *tensor.Dense and <nil>"},
		{"no name", struct{ gorgonia.ValueGrad }{parameter{"w", w, w}}, "has no name"},
	} {
		err := (&training.Solver{}).Step([]gorgonia.ValueGrad{test.p})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", test.name, test.want, err)
		}
	}
}

// TestSolverMisuse has solvers where optimizers belong, and the other way round.
func TestSolverMisuse(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*training.Config)
		want   string
	}{
		{"both", func(c *training.Config) { c.Solver, c.Optimizer = gorgonia.NewAdamSolver(), training.NewAdam() },
			"want an optimizer or a solver, not both: Adam and *gorgonia.AdamSolver"},
		{"a Solver", func(c *training.Config) { c.Solver = &training.Solver{} }, "a Trainer makes a Solver of its own; give Config.Optimizer"},
		{"groups", func(c *training.Config) { c.Solver, c.Groups.WeightsOnly = gorgonia.NewAdamSolver(), true },
			"groups are for an optimizer; a *gorgonia.AdamSolver treats all parameters alike"},
		{"groups that are wrong", func(c *training.Config) { c.Groups.LayerDecay = 1.5 }, "the layer decay is above 0 and at most 1, not 1.5"},
		{"no schedule", func(c *training.Config) { c.Optimizer, c.Schedule = training.NewAdamW(), nil }, "AdamW needs a Schedule, such as OneCycle{Peak: 0.001}"},
		{"no rate to be set", func(c *training.Config) { c.Solver = gorgonia.NewAdaGradSolver() }, "it has no method SetRate(float64); without a Schedule it keeps its own"},
	} {
		c := config()
		test.change(&c)
		if _, err := training.New(c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", test.name, test.want, err)
		}
	}
	w := parameter{"w", dense(tensor.Shape{2}, 1, 2), dense(tensor.Shape{2}, 1, 2)}
	if err := (&training.Solver{Rate: -1}).Step([]gorgonia.ValueGrad{w}); err == nil || !strings.Contains(err.Error(), "SGD: want a rate of 0 or more, got -1") {
		t.Errorf("a negative rate: %v", err)
	}
}

func TestOptimizersTrain(t *testing.T) {
	rates := map[string]float64{"SGD": 0.02, "RMSProp": 0.002, "LAMB": 0.02}
	for name, o := range optimizers() {
		c := config()
		c.Train, c.Iterations, c.Optimizer = blobs{400}, 100, o
		c.Schedule = training.OneCycle{Peak: cmp.Or(rates[name], 0.01)}
		tr := newTrainer(t, c)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if e := tr.Last().Test.Error; e > 0.3 {
			t.Errorf("%s: test error %.2f, want at most 0.3", name, e)
		}
	}
}

func TestGorgoniaSolversTrain(t *testing.T) {
	for name, solver := range map[string]gorgonia.Solver{
		"vanilla": gorgonia.NewVanillaSolver(), "adam": gorgonia.NewAdamSolver(),
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			c.Train, c.Iterations, c.Solver = blobs{400}, 100, solver
			c.Schedule = training.Constant{Base: map[string]float64{"vanilla": 0.2, "adam": 0.01}[name]}
			tr := newTrainer(t, c)
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if e := tr.Last().Test.Error; e > 0.5 {
				t.Errorf("test error %.2f, want at most 0.5", e)
			}
		})
	}
}

// TestSolversOwnRate trains with a solver of Gorgonia's without a schedule, and wants
// the weights that the solver makes at its own rate.
func TestSolversOwnRate(t *testing.T) {
	weights := func(solver gorgonia.Solver, schedule training.Schedule) []uint64 {
		c := config()
		c.Iterations, c.Test, c.Solver, c.Schedule = 5, nil, solver, schedule
		tr := newTrainer(t, c)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]float64{true: 0.02}[schedule != nil]; tr.Last().Rate != want {
			t.Errorf("the record's rate is %v, want %v", tr.Last().Rate, want)
		}
		return bits(t, tr, nil)
	}
	own := weights(gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.02)), nil)
	if set := weights(gorgonia.NewAdamSolver(gorgonia.WithLearnRate(7)), training.Constant{Base: 0.02}); !slices.Equal(own, set) {
		t.Error("without a schedule the solver's rate is not its own")
	}
	weights(gorgonia.NewAdaGradSolver(), nil)
}
