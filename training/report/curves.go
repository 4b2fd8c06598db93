package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/training"
)

// unmeasured stands for a number that there is none of: no figure draws it.
var unmeasured = math.NaN()

// Curves are the figures of one run, or of several over one another: error
// ("curves", as the paper's Fig. 6 has it), loss and learning rate by epoch. Runs
// that were measured on different pictures have figures of error and loss of their
// own: "curves-2", "loss-2" and so on. There are none of runs without a record.
func Curves(runs ...*Run) []Figure {
	if runs = recorded(runs); len(runs) == 0 {
		return nil
	}
	names := labels(runs)
	groups := byTest(runs)
	var figures []Figure
	for i, group := range groups {
		pair := scores(runs, names, group)
		if i > 0 {
			for j := range pair {
				pair[j].Name += fmt.Sprint("-", i+1)
			}
		}
		if len(groups) > 1 {
			for j := range pair {
				pair[j].Title += ", on " + runs[group[0]].measuredOn()
			}
		}
		figures = append(figures, pair...)
	}
	return append(figures, rateFigure(runs, names))
}

// scores are the figures of error and loss of the runs at these places.
func scores(all []*Run, names []string, places []int) []Figure {
	if !all[places[0]].classifies() {
		return taskScores(all, names, places)
	}
	var runs []*Run
	for _, at := range places {
		runs = append(runs, all[at])
	}
	harder := ""
	if text := augmentedAll(runs); strings.Contains(text, "random") || strings.Contains(text, "mixed") {
		harder = " A training error above the test error is nothing odd: pictures so changed are harder, and the network was worse early in the epoch."
	}
	test := func(of func(training.Score) float64) func(training.Record) float64 {
		return func(r training.Record) float64 {
			if r.Test == nil {
				return unmeasured
			}
			return of(*r.Test)
		}
	}
	return []Figure{{
		Name: "curves", Title: "Training and test error", X: "epoch", Y: "error (%)",
		Caption: fmt.Sprintf("Dashed lines are training error: the mean over an epoch's batches, %s, while the network learned. Bold lines are the "+
			"test error after the epoch, on %s.%s%s", augmentedAll(runs), runs[0].measuredOn(), figureOf(runs), harder),
		Curves: pairs(all, names, places, func(r training.Record) float64 { return 100 * r.TrainError },
			test(func(s training.Score) float64 { return 100 * s.Error })),
	}, {
		Name: "loss", Title: "Training and test loss", X: "epoch", Y: "cross entropy (nats)",
		Caption: "The loss that training makes small, measured like the error above, dashed on training pictures and bold on the test set. " +
			"It counts how sure the network is as well: a test loss that rises while the test error stays is a network that grows surer of its mistakes.",
		Curves: pairs(all, names, places, func(r training.Record) float64 { return r.TrainLoss },
			test(func(s training.Score) float64 { return s.Loss })),
	}}
}

// few is the number of records up to which each is marked.
const few = 12

// pairs are a dashed and a bold curve of each run at these places, in the colour
// that is the run's in all figures.
func pairs(runs []*Run, names []string, places []int, train, test func(training.Record) float64) []Curve {
	var curves []Curve
	for _, i := range places {
		name := names[i] + " "
		if len(runs) == 1 {
			name = ""
		}
		r := runs[i]
		a := Curve{Name: name + "training", Color: i, Kind: Dashed, Points: len(r.Log) <= few}
		b := Curve{Name: name + "test", Color: i, Kind: Bold, Points: len(r.Log) <= few}
		for _, x := range r.Log {
			a.X, a.Y = append(a.X, x.Epoch), append(a.Y, train(x))
			b.X, b.Y = append(b.X, x.Epoch), append(b.Y, test(x))
		}
		curves = append(curves, a, b)
	}
	return curves
}
