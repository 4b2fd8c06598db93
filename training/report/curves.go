package report

import (
	"math"

	"github.com/gorgonet/gorgonet/training"
)

// unmeasured stands for a number that there is none of: no figure draws it.
var unmeasured = math.NaN()

// Curves are the figures of one run, or of several over one another: error
// ("curves", as the paper's Fig. 6 has it), loss and learning rate by epoch.
func Curves(runs ...*Run) []Figure {
	test := func(of func(training.Score) float64) func(training.Record) float64 {
		return func(r training.Record) float64 {
			if r.Test == nil {
				return unmeasured
			}
			return of(*r.Test)
		}
	}
	errors := Figure{
		Name: "curves", Title: "Training and test error", X: "epoch", Y: "error (%)",
		Caption: "Dashed lines are training error: the mean over an epoch's batches, cropped and flipped at random, as the network saw them " +
			"while it learned. Bold lines are the error on the test set after the epoch. The like of Fig. 6 of He et al. 2015 (section 4.2), " +
			"where deeper plain networks end with a higher training error than shallower ones, and deeper residual networks with a lower one. " +
			"A training error above the test error is nothing odd: augmented pictures are harder, and the network was worse early in the epoch.",
		Curves: pairs(runs, func(r training.Record) float64 { return 100 * r.TrainError },
			test(func(s training.Score) float64 { return 100 * s.Error })),
	}
	loss := Figure{
		Name: "loss", Title: "Training and test loss", X: "epoch", Y: "cross entropy (nats)",
		Caption: "The loss that training makes small, measured like the error above, dashed on augmented training pictures and bold on the test set. " +
			"It counts how sure the network is as well: a test loss that rises while the test error stays is a network that grows surer of its mistakes.",
		Curves: pairs(runs, func(r training.Record) float64 { return r.TrainLoss },
			test(func(s training.Score) float64 { return s.Loss })),
	}
	rate := Figure{
		Name: "rate", Title: "Learning rate", X: "epoch", Y: "learning rate",
		Caption: "The rate of the last step of each epoch. The paper starts at 0.1 and divides by 10 at 32,000 and at 48,000 of 64,000 steps " +
			"(section 4.2), where its curves of error take a step down.",
	}
	names := labels(runs)
	low, high := math.Inf(1), 0.0
	for i, r := range runs {
		c := Curve{Name: names[i], Color: i}
		for _, x := range r.Log {
			c.X, c.Y = append(c.X, x.Epoch), append(c.Y, x.Rate)
			if x.Rate > 0 {
				low, high = min(low, x.Rate), max(high, x.Rate)
			}
		}
		rate.Curves = append(rate.Curves, c)
	}
	rate.LogY = high > 20*low && high < 2000*low // steps down; not a fall to nothing
	if len(runs) == 1 {
		rate.Curves[0].Name = ""
	}
	return []Figure{errors, loss, rate}
}

// pairs are a dashed and a bold curve of each run, in a colour of its own.
func pairs(runs []*Run, train, test func(training.Record) float64) []Curve {
	var curves []Curve
	names := labels(runs)
	for i, r := range runs {
		name := names[i] + " "
		if len(runs) == 1 {
			name = ""
		}
		a := Curve{Name: name + "training", Color: i, Kind: Dashed}
		b := Curve{Name: name + "test", Color: i, Kind: Bold}
		for _, x := range r.Log {
			a.X, a.Y = append(a.X, x.Epoch), append(a.Y, train(x))
			b.X, b.Y = append(b.X, x.Epoch), append(b.Y, test(x))
		}
		curves = append(curves, a, b)
	}
	return curves
}
