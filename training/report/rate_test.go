package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// scheduled is a run of so many epochs of ten steps, with the rates that its
// schedule gives, each times the epoch's factor.
func scheduled(t *testing.T, spec string, epochs int, lowest func(epoch int) float64, factors ...float64) *Run {
	t.Helper()
	schedule, err := training.ParseSchedule(spec, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	r := &Run{Settings: []Setting{{"lr", "0.1"}, {"schedule", spec}, {"iterations", fmt.Sprint(10 * epochs)}, {"model", "m"}}}
	p := training.Progress{Iterations: 10 * epochs, EpochSize: 10}
	for epoch := range epochs {
		p.Iteration, p.LowestError = 10*epoch+9, lowest(epoch)
		x := training.Record{Iteration: p.Iteration + 1, Epoch: float64(epoch + 1), Rate: schedule.Rate(p), TrainError: 0.5}
		if epoch < len(factors) {
			x.Rate *= factors[epoch]
		}
		r.Log = append(r.Log, x)
		p.Errors = append(p.Errors, x.TrainError)
	}
	return r
}

// TestRates draws every step of what schedules give, not a point an epoch.
func TestRates(t *testing.T) {
	always := func(error float64) func(int) float64 { return func(int) float64 { return error } }
	for _, test := range []struct {
		name string
		run  *Run
		all  bool
		at   map[float64]float64 // epochs and the rates there
	}{
		{"one cycle rises and falls", scheduled(t, "onecycle", 3, always(1)), true, map[float64]float64{0: 0.004, 0.8: 0.1, 2.9: 4e-7}},
		{"steps fall at once", scheduled(t, "steps:15", 3, always(1)), true, map[float64]float64{0: 0.1, 1.4: 0.1, 1.5: 0.01, 3: 0.01}},
		{"a warmup of half an epoch", scheduled(t, "warmup:5+constant", 2, always(1)), true, map[float64]float64{0: 0, 0.2: 0.04, 0.5: 0.1, 2: 0.1}},
		{"a plateau", scheduled(t, "plateau:1", 6, always(1)), true, map[float64]float64{2.9: 0.1, 3: 0.01, 5: 0.001}},
		{"an error that is low from the second epoch on", scheduled(t, "errorwarmup+constant", 3,
			func(epoch int) float64 { return []float64{1, 0.5, 0.5}[epoch] }), true, map[float64]float64{0.9: 0.01, 1: 0.1, 3: 0.1}},
		{"setbacks halve it", scheduled(t, "constant", 3, always(1), 1, 0.5, 0.25), true, map[float64]float64{0.9: 0.1, 1: 0.05, 2: 0.025}},
		{"another rate than the schedule's", scheduled(t, "constant", 3, always(1), 1, 0.7, 1), false, map[float64]float64{1: 0.1, 2: 0.07, 3: 0.1}},
		{"a higher rate than the schedule's", scheduled(t, "constant", 2, always(1), 2), false, map[float64]float64{1: 0.2, 2: 0.1}},
	} {
		c, all := test.run.rates()
		if all != test.all || !slices.IsSorted(c.X) {
			t.Errorf("%s: every step is %t, want %t; at %v", test.name, all, test.all, c.X)
		}
		for x, want := range test.at {
			i := len(c.X) - 1
			for i > 0 && math.Abs(c.X[i]-x) > 1e-9 {
				i--
			}
			if math.Abs(c.X[i]-x) > 1e-9 || math.Abs(c.Y[i]-want) > 1e-6*math.Max(want, 1e-3) {
				t.Errorf("%s: at epoch %g the rate is %g, want %g", test.name, x, c.Y[i], want)
			}
		}
	}
	// The fall between two steps is upright.
	c, _ := scheduled(t, "steps:15", 3, always(1)).rates()
	if i := slices.Index(c.Y, 0.01); c.X[i] != c.X[i-1] {
		t.Errorf("falls from epoch %g to %g", c.X[i-1], c.X[i])
	}
	long := scheduled(t, "cosine", 3, always(1))
	long.Settings[2].Value = "600000000"
	for i := range long.Log {
		long.Log[i].Iteration *= 20_000_000
		long.Log[i].Rate = 0
	}
	if c, _ := long.rates(); len(c.X) > 2*maxRates {
		t.Errorf("%d points for a long run", len(c.X))
	}
}

// TestRecordedRates draws the steps that the events have where no one schedule gives
// the records, as of a run that was made longer, and only where they are all there.
func TestRecordedRates(t *testing.T) {
	r := scheduled(t, "onecycle", 2, func(int) float64 { return 1 }, 1, 0.7)
	for i := range 20 {
		r.steps = append(r.steps, training.Point{Iteration: i + 1, Value: float64(i) / 100})
	}
	c, all := r.rates()
	if !all || len(c.X) != 20 || c.X[13] != 1.3 || c.Y[13] != 0.13 {
		t.Errorf("%t, %v, %v", all, c.X, c.Y)
	}
	if f := rateFigure([]*Run{r}, []string{"r"}); !strings.HasPrefix(f.Caption, "The rate of every step, as it was recorded") {
		t.Error(f.Caption)
	}
	r.steps = r.steps[3:]
	if c, all := r.rates(); all || len(c.X) != 2 {
		t.Errorf("with steps missing: %t, %v", all, c.X)
	}
}

// TestRateRecords goes through records that no run leaves.
func TestRateRecords(t *testing.T) {
	for _, x := range []training.Record{
		{Iteration: -5, Epoch: 1}, {Iteration: math.MaxInt, Epoch: 1e-300}, {Iteration: 10}, {Iteration: 10, Epoch: math.NaN(), Rate: math.Inf(1)},
		{Iteration: math.MaxInt, Epoch: 3, Rate: math.NaN()}, {Iteration: math.MaxInt, Epoch: 3, Rate: 0.1},
	} {
		r := &Run{Settings: []Setting{{"lr", "0.1"}, {"schedule", "constant"}}, Log: []training.Record{x}}
		if c, _ := r.rates(); len(c.X) != len(c.Y) || len(c.X) > 2*maxRates {
			t.Errorf("%+v: %d and %d places", x, len(c.X), len(c.Y))
		}
	}
}

// TestRateFigure says by which schedule, and cites the recipe of the same pictures.
func TestRateFigure(t *testing.T) {
	cifar, photos := Setting{"dataset", "cifar10"}, []Setting{{"crop", "64"}, {"interpolation", "bilinear"}}
	one := func(settings ...Setting) *Run {
		r := scheduled(t, "onecycle", 2, func(int) float64 { return 1 })
		r.Settings = append(r.Settings, settings...)
		return r
	}
	for _, test := range []struct {
		runs          []*Run
		want, without string
	}{
		{[]*Run{one(cifar)}, "every step, by the schedule onecycle. The paper's, on CIFAR-10,", "ImageNet"},
		{[]*Run{one(photos...)}, "on ImageNet, starts at 0.1 and is divided by 10 whenever the error no longer falls", "64,000"},
		{[]*Run{one(cifar, Setting{"data", "synthetic"})}, "by the schedule onecycle.", "paper"},
		{[]*Run{one()}, "by the schedule onecycle.", "paper"},
		{[]*Run{one(cifar), one(photos...)}, "The rate of every step, as the schedule has it.", "paper"},
	} {
		if got := rateFigure(test.runs, labels(test.runs)).Caption; !strings.Contains(got, test.want) || strings.Contains(got, test.without) {
			t.Errorf("%q: want %q, without %q", got, test.want, test.without)
		}
	}
}
