package report

import (
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training"
)

// classified is the metric of runs that tell classes apart.
var classified = training.Classification{}

// classifies tells whether the run tells classes apart, as those do that do not say.
func (r *Run) classifies() bool { return r.Metrics == nil || r.Task == classified.Name() }

// first is the metric that the best checkpoint goes by.
func (r *Run) first() training.Metric {
	if len(r.Metrics) == 0 {
		return classified.Metrics()[0]
	}
	return r.Metrics[0]
}

// decisive is what a schedule goes by in a record, and whether that is the better the
// higher it is.
func (r *Run) decisive(x training.Record) (v float64, higher bool) {
	switch m := r.first(); {
	case x.Test != nil:
		return x.Value("test_" + m.Name), m.Higher
	case m.Training:
		return x.Value("train_" + m.Name), m.Higher
	}
	return x.TrainLoss, false
}

// called is a metric's name in words.
func called(m training.Metric) string { return strings.ReplaceAll(m.Name, "_", " ") }

// written is a value with its unit, nothing where it is unmeasured.
func written(m training.Metric, v float64) string {
	switch {
	case v != v:
		return ""
	case m.Unit == "%":
		return percent(v)
	case m.Unit == "":
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.4g\u00a0%s", v, m.Unit)
}

// taskScores are the figures of the metrics and the loss of runs at these places, which
// have one task that is not classification.
func taskScores(all []*Run, names []string, places []int) []Figure {
	of := all[places[0]]
	var runs []*Run
	for _, at := range places {
		runs = append(runs, all[at])
	}
	var figures []Figure
	for i, m := range of.Metrics {
		factor, unit := 1.0, called(m)
		switch m.Unit {
		case "":
		case "%":
			factor, unit = 100, unit+" (%)"
		default:
			unit += " (" + m.Unit + ")"
		}
		column := func(prefix string) func(training.Record) float64 {
			return func(r training.Record) float64 { return factor * r.Value(prefix+m.Name) }
		}
		better := "The lower the better."
		if m.Higher {
			better = "The higher the better."
		}
		f := Figure{Name: strings.ReplaceAll(m.Name, "_", "-"), Title: titled(called(m)), X: "epoch", Y: unit,
			Caption: "Bold lines are measured after the epoch, on " + of.measuredOn() + ". " + better,
			Curves:  pairs(all, names, places, column("train_"), column("test_"))}
		if i == 0 {
			f.Name = "curves"
			f.Caption += " The best checkpoint goes by this."
		}
		if m.Training {
			f.Caption = "Dashed lines are the mean over an epoch's batches, " + augmentedAll(runs) + ", while the network learned. " + f.Caption
		}
		figures = append(figures, f)
	}
	return append(figures, Figure{
		Name: "loss", Title: "Training and test loss", X: "epoch", Y: "loss",
		Caption: "The loss that training makes small, dashed on training pictures and bold on the test set.",
		Curves: pairs(all, names, places, func(r training.Record) float64 { return r.TrainLoss },
			func(r training.Record) float64 { return r.Value("test_loss") }),
	})
}

// titled begins with a capital.
func titled(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// taskSummary says in a sentence how a run of another task than classification went.
func (r *Run) taskSummary() string {
	last, m := r.last(), r.first()
	text := fmt.Sprintf("training loss %.4g.", last.TrainLoss)
	if m.Training {
		text = fmt.Sprintf("training %s %s.", called(m), written(m, last.Value("train_"+m.Name)))
	}
	if last.Test == nil {
		return text
	}
	return fmt.Sprintf("test %s %s, the best of all epochs %s; ", called(m), written(m, last.Value("test_"+m.Name)), written(m, r.best())) + text
}

// taskOutcomes is a table with a row for each run, of which any are of another task than
// classification: a column for each metric that any has.
func taskOutcomes(runs []*Run, names []string) Table {
	t := Table{Caption: "Metrics are those of the last epoch on the test set; best is that of all epochs by the first metric, which is chosen on the " +
		"test set and therefore flatters.", Columns: []string{"run", "network", "parameters", "steps", "epochs"}}
	metrics := map[string]training.Metric{}
	var order []string
	for _, r := range runs {
		of := r.Metrics
		if of == nil {
			of = classified.Metrics()
		}
		for _, m := range of {
			if _, known := metrics[m.Name]; !known {
				order = append(order, m.Name)
			}
			metrics[m.Name] = m
		}
	}
	for _, name := range order {
		t.Columns = append(t.Columns, called(metrics[name]))
	}
	t.Columns = append(t.Columns, "best", "test loss", "training loss", "time")
	for i, r := range runs {
		last, name, parameters := r.last(), names[i], ""
		if r.Result != nil {
			parameters = printable.Thousands(r.Result.Parameters)
		} else if len(runs) > 1 {
			name += " (not ended)"
		}
		row := []string{name, r.model(), parameters, printable.Thousands(last.Iteration), fmt.Sprintf("%.4g", last.Epoch)}
		for _, name := range order {
			row = append(row, written(metrics[name], r.measured(name)))
		}
		plain := training.Metric{}
		t.Rows = append(t.Rows, append(row, written(r.first(), r.best()), written(plain, last.Value("test_loss")),
			written(plain, last.TrainLoss), duration(last.Seconds)))
	}
	if len(runs) == 1 {
		t.Rows[0][0] = runs[0].name()
		return turned(t)
	}
	return t
}

// measured is the last value of a metric on the test set, NaN where the run has none of
// that name.
func (r *Run) measured(name string) float64 {
	for _, m := range r.Metrics {
		if m.Name == name {
			last := r.last()
			return last.Value("test_" + name)
		}
	}
	return unmeasured
}
