package diffusion

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// Task is the training.Task of predicting the noise in examples of a shape [H W C]: the loss
// is the mean squared error (Ho et al. 2020, equation 14). Its metric is the root of it,
// the part of the noise that is not predicted: 1 where nothing is.
type Task struct{ Shape []int }

// Name is "denoising".
func (Task) Name() string { return "denoising" }

// Metrics is root_mean_squared_error.
func (Task) Metrics() []training.Metric {
	return []training.Metric{{Name: "root_mean_squared_error", Training: true}}
}

// Fields are the noise, and whether an example counts.
func (t Task) Fields(shape []int) []training.Field { return t.regression().Fields(shape) }

// Build adds the loss.
func (t Task) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) training.Objective {
	o := t.regression().Build(b, outputs, in)
	o.Meter = rootOnly{o.Meter}
	return o
}

func (t Task) regression() training.Regression { return training.Regression{Shape: t.Shape} }

// rootOnly is the meter of a regression without the mean absolute error.
type rootOnly struct{ training.Meter }

func (m rootOnly) Values(to []float64) {
	var both [2]float64
	m.Meter.Values(both[:])
	to[0] = both[1]
}
