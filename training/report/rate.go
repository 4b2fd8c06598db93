package report

import (
	"math"
	"strconv"

	"github.com/gorgonet/gorgonet/training"
)

// maxRates is about how many points the learning rate of a run is drawn with,
// maxReplayed and maxSteps how many records and steps it can have for that.
const maxRates, maxReplayed, maxSteps = 1000, 5000, 1 << 40

// rates is the learning rate over the epochs: that of every step as the schedule
// in the settings gives it or, where there is none that agrees with the records, as of a
// run that was made longer, as the events have it; false where only the rate of each
// record's last step is known.
func (r *Run) rates() (c Curve, all bool) {
	if c, all = r.replayed(); all {
		return c, true
	}
	if c, all = r.recorded(); all {
		return c, true
	}
	c = Curve{Points: true}
	for _, x := range r.Log {
		c.X, c.Y = append(c.X, x.Epoch), append(c.Y, x.Rate)
	}
	return c, false
}

// recorded are the rates of the events, if they are there from the first step to the last.
func (r *Run) recorded() (c Curve, ok bool) {
	last, n := r.last(), len(r.steps)
	size := float64(last.Iteration) / last.Epoch // steps an epoch
	if n < last.Iteration || n == 0 || r.steps[n-1].Iteration < last.Iteration || !(size > 0) || math.IsInf(size, 0) {
		return c, false
	}
	for i, stride := 0, max(n/maxRates, 1); i < n; i += stride {
		c.X, c.Y = append(c.X, float64(r.steps[i].Iteration-1)/size), append(c.Y, r.steps[i].Value)
	}
	return c, true
}

// replayed goes through the schedule again.
func (r *Run) replayed() (c Curve, ok bool) {
	base, _ := strconv.ParseFloat(r.setting("lr"), 64)
	schedule, err := training.ParseSchedule(r.setting("schedule"), base)
	last := r.last()
	size := float64(last.Iteration) / last.Epoch // steps an epoch
	if err != nil || len(r.Log) > maxReplayed || last.Iteration > maxSteps || !(size > 0) || math.IsInf(size, 0) {
		return c, false
	}
	p := training.Progress{Iterations: last.Iteration, EpochSize: size}
	if n, err := strconv.Atoi(r.setting("iterations")); err == nil && n > 0 {
		p.Iterations = n
	}
	drawn := -1
	add := func(step int, rate float64) {
		if step == drawn {
			return
		}
		drawn = step
		// A rate that has not changed falls or rises at once.
		if n := len(c.Y); n > 1 && c.Y[n-1] == c.Y[n-2] && c.Y[n-1] != rate {
			c.X, c.Y = append(c.X, float64(step)/size), append(c.Y, c.Y[n-1])
		}
		c.X, c.Y = append(c.X, float64(step)/size), append(c.Y, rate)
	}
	stride := max(last.Iteration/maxRates, 1)
	from, rate := 0, 0.0
	for _, x := range r.Log {
		if x.Iteration <= from || x.Iteration > last.Iteration {
			return c, false
		}
		at := func(step int) float64 {
			p.Iteration = step
			return schedule.Rate(p)
		}
		// What the running training error was is not on record: whether it has been low
		// enough shows in the rate. Every setback of the run has halved that.
		p.LowestError = 1
		if !near(at(x.Iteration-1), x.Rate) {
			p.LowestError = 0
		}
		factor := 1.0
		if given := at(x.Iteration - 1); given != x.Rate {
			factor = x.Rate / given
		}
		if halvings := -math.Log2(factor); !(halvings > -0.5) || !near(math.Exp2(-math.Round(halvings)), factor) {
			return c, false
		}
		for step := from; step < x.Iteration; step += stride {
			rate = factor * at(step)
			add(step, rate)
		}
		rate = x.Rate
		add(x.Iteration-1, rate)
		from = x.Iteration
		v, higher := r.decisive(x)
		p.Errors, p.Higher = append(p.Errors, v), higher
	}
	add(from, rate)
	return c, true
}

// near tells whether two rates are one, but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

// rateFigure draws the learning rates of the runs, numbered as all names are.
func rateFigure(runs []*Run, names []string) Figure {
	f := Figure{Name: "rate", Title: "Learning rate", X: "epoch", Y: "learning rate"}
	exact := true
	low, high := math.Inf(1), 0.0
	for i, r := range runs {
		c, all := r.rates()
		exact = exact && all
		c.Name, c.Color = names[i], i
		for _, rate := range c.Y {
			if rate > 0 {
				low, high = min(low, rate), max(high, rate)
			}
		}
		f.Curves = append(f.Curves, c)
	}
	f.LogY = high > 20*low && high < 2000*low // steps down; not a fall to nothing
	f.Caption = "The rate of every step, as the schedule has it."
	if !exact {
		f.Caption = "The rate of every step, where the settings have the schedule or the records have it; otherwise dots for the rate of the last step of each epoch."
	}
	if len(runs) == 1 {
		f.Curves[0].Name = ""
		f.Caption = "The rate of the last step of each epoch."
		if _, planned := runs[0].replayed(); planned {
			f.Caption = "The rate of every step, by the schedule " + runs[0].setting("schedule") + "."
		} else if exact {
			f.Caption = "The rate of every step, as it was recorded: it was not by one schedule of one length."
		}
	}
	f.Caption += recipeOf(runs)
	return f
}
