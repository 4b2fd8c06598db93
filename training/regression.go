package training

import (
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Regression is the Task of predicting numbers. Its data sets are Fielded and have
// TargetsField, numbers of the Shape, as has the model's output [N Shape...]. Its
// metrics are the mean absolute error and the root of the mean squared error.
type Regression struct {
	Shape []int // of an example's targets; nil means one number, [1]
	Unit  string
	Loss  RegressionLoss
	// Beta is from which distance on SmoothL1 and Huber are straight; 0 means 1.
	Beta float64
}

// RegressionLoss is what a Regression makes small.
type RegressionLoss int

const (
	// SquaredError is the mean squared error; see graph.Builder.SquaredError.
	SquaredError RegressionLoss = iota
	// SmoothL1 is as far-off values allow it; see graph.Builder.SmoothL1.
	SmoothL1
	// Huber is Beta times SmoothL1.
	Huber
)

// Name is "regression".
func (Regression) Name() string { return "regression" }

// Metrics are mean_absolute_error and root_mean_squared_error, in the unit.
func (r Regression) Metrics() []Metric {
	return []Metric{{Name: "mean_absolute_error", Unit: r.Unit, Training: true}, {Name: "root_mean_squared_error", Unit: r.Unit}}
}

// Fields are the targets.
func (r Regression) Fields([]int) []Field {
	shape := slices.Clone(r.Shape)
	if shape == nil {
		shape = []int{1}
	}
	return []Field{{Name: TargetsField, Shape: shape}, {Name: PresentField}}
}

// Build adds the loss.
func (r Regression) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) (o Objective) {
	targets, present := in[TargetsField], in[PresentField]
	if !fits(b, r, outputs, targets) {
		return o
	}
	beta := r.Beta
	if beta == 0 {
		beta = 1
	}
	switch r.Loss {
	case SquaredError:
		o.Loss = b.SquaredError("loss", outputs[0], targets, present)
	case SmoothL1:
		o.Loss = b.SmoothL1("loss", outputs[0], targets, present, beta)
	case Huber:
		o.Loss = b.Huber("loss", outputs[0], targets, present, beta)
	default:
		b.Fail(errors.Errorf("training: there is no loss of regression of number %d", r.Loss))
	}
	o.Meter = &regressing{outputs: outputs[0], targets: targets}
	return o
}

// regressing compares predictions with targets.
type regressing struct {
	outputs, targets *gorgonia.Node
	absolute, square float64
	count            int
}

func (m *regressing) Reset() { m.absolute, m.square, m.count = 0, 0, 0 }

func (m *regressing) Add(b Batch) {
	targets := graph.Floats(m.targets)
	n := len(targets) / len(b.Labels) * b.N
	for i, v := range graph.Floats(m.outputs)[:n] {
		d := float64(v) - float64(targets[i])
		m.absolute += math.Abs(d)
		m.square += d * d
	}
	m.count += n
}

func (m *regressing) Values(to []float64) {
	n := float64(m.count)
	to[0], to[1] = m.absolute/n, math.Sqrt(m.square/n)
}
