package job

import (
	"fmt"

	"github.com/gorgonet/gorgonet/training"
)

// words are what the lines of a run say of its metrics: of classification the errors in
// percent, of another task what that has.
type words struct {
	metrics []training.Metric // nil of classification
	five    bool              // whether the top-5 error says anything: of fewer classes all are among the five
}

// wordsOf are those of a run.
func wordsOf(c training.Config) words {
	if c.Task != nil && c.Task.Name() != (training.Classification{}).Name() {
		return words{metrics: c.Task.Metrics()}
	}
	w := words{five: true}
	if named, ok := c.Train.(training.Gallery); ok {
		w.five = len(named.ClassNames()) > 5
	}
	return w
}

// step are those of a step.
func (w words) step(s training.Step) []string {
	if w.metrics == nil {
		return []string{fmt.Sprintf("loss %.4f", s.Loss), fmt.Sprintf("error %.1f %%", 100*s.Error)}
	}
	parts := []string{fmt.Sprintf("loss %.4f", s.Loss)}
	for _, m := range w.metrics {
		if v, known := s.Values[m.Name]; known {
			parts = append(parts, m.Name+" "+value(m, v))
		}
	}
	return parts
}

// epoch are those of a record.
func (w words) epoch(r training.Record) []string {
	if w.metrics == nil {
		parts := []string{fmt.Sprintf("test error %5.2f %%", 100*r.Test.Error), fmt.Sprintf("train error %5.2f %%", 100*r.TrainError),
			fmt.Sprintf("test loss %.4f", r.Test.Loss), fmt.Sprintf("train loss %.4f", r.TrainLoss)}
		if w.five {
			parts = append(parts, fmt.Sprintf("top-5 %5.2f %%", 100*r.Test.Top5Error))
		}
		return parts
	}
	parts := []string{fmt.Sprintf("test loss %.4f", r.Test.Loss), fmt.Sprintf("train loss %.4f", r.TrainLoss)}
	for _, m := range w.metrics {
		parts = append(parts, fmt.Sprintf("test %s %s", m.Name, value(m, r.Test.Value(m.Name))))
	}
	return parts
}

// outcome is that of a run.
func (w words) outcome(r training.Result) (text string) {
	if w.metrics == nil {
		five := ""
		if w.five {
			five = fmt.Sprintf(", top-5 %.2f %%", 100*r.TestTop5Error)
		}
		return fmt.Sprintf("test error %.2f %% (best %.2f %%%s)", 100*r.TestError, 100*r.BestTestError, five)
	}
	for i, o := range r.Metrics {
		if i > 0 {
			text += ", "
		}
		text += "test " + o.Name + " " + found(o.Metric, o.Test)
		if o.Best != nil {
			text += fmt.Sprintf(" (best %s)", found(o.Metric, o.Best))
		}
	}
	return text
}

// found is a value that may not have been measured.
func found(m training.Metric, v *float64) string {
	if v == nil {
		return "unknown"
	}
	return value(m, *v)
}

// value is one of a metric with its unit.
func value(m training.Metric, v float64) string {
	switch m.Unit {
	case "":
		return fmt.Sprintf("%.4f", v)
	case "%":
		return fmt.Sprintf("%.2f %%", 100*v)
	}
	return fmt.Sprintf("%.4g %s", v, m.Unit)
}
