package training

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// TargetsField is the field of what is to be predicted, in MultiLabel and Regression.
const TargetsField = "targets"

// MultiLabel is the Task of finding all classes that are in a picture, of classes that
// do not exclude each other, by the binary cross entropy of logits [N Classes]. Its data
// sets are Fielded and have TargetsField, numbers [Classes]: 1 where the class is there, 0
// where it is not, or in between as a probability. Its metrics are the mean average
// precision, of classes with a target above one half as positives, and the share of
// wrong labels. Evaluations keep the logits of the whole data set in memory.
type MultiLabel struct {
	Classes int
	// Positives are what the term of each class that is there counts in the loss, such as
	// how many times more examples lack it than have it; nil means 1 for each.
	Positives []float32
}

// Name is "multi-label".
func (MultiLabel) Name() string { return "multi-label" }

// Metrics are mean_average_precision and label_error, which are fractions.
func (MultiLabel) Metrics() []Metric {
	return []Metric{{Name: "mean_average_precision", Unit: "%", Higher: true}, {Name: "label_error", Unit: "%", Training: true}}
}

// Fields are the targets.
func (m MultiLabel) Fields([]int) []Field {
	return []Field{{Name: TargetsField, Shape: []int{m.Classes}}, {Name: PresentField}}
}

// Build adds the binary cross entropy.
func (m MultiLabel) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) (o Objective) {
	targets := in[TargetsField]
	if !fits(b, m, outputs, targets) {
		return o
	}
	o.Loss = b.BinaryCrossEntropy("loss", outputs[0], targets, in[PresentField], m.Positives)
	o.Meter = &multiLabelling{logits: outputs[0], targets: targets, classes: m.Classes, training: b.Training()}
	return o
}

// fits refuses a model whose output cannot be compared with the targets.
func fits(b *graph.Builder, t Task, outputs gorgonia.Nodes, targets *gorgonia.Node) bool {
	switch {
	case b.Err() != nil:
	case len(outputs) != 1:
		b.Fail(errors.Errorf("training: %s wants a model of one output, got %d", t.Name(), len(outputs)))
	case outputs[0] == nil:
		b.Fail(errors.Errorf("training: %s: the model has a nil output", t.Name()))
	case targets == nil:
		b.Fail(errors.Errorf("training: %s: want an input named %s, got none", t.Name(), TargetsField))
	case !outputs[0].Shape().Eq(targets.Shape()):
		b.Fail(errors.Errorf("training: %s: the model's output is %v, the targets are %v", t.Name(), outputs[0].Shape(), targets.Shape()))
	}
	return b.Err() == nil
}

// multiLabelling compares logits with targets.
type multiLabelling struct {
	logits, targets *gorgonia.Node
	classes         int
	training        bool // which has no use for the scores

	scores       []float32
	positive     []bool
	wrong, count int
}

func (m *multiLabelling) Reset() {
	m.scores, m.positive, m.wrong, m.count = m.scores[:0], m.positive[:0], 0, 0
}

func (m *multiLabelling) Add(b Batch) {
	logits, targets := graph.Floats(m.logits), graph.Floats(m.targets)
	for i, v := range logits[:b.N*m.classes] {
		is := targets[i] > 0.5
		if (v > 0) != is {
			m.wrong++
		}
		if !m.training {
			m.scores, m.positive = append(m.scores, v), append(m.positive, is)
		}
	}
	m.count += b.N * m.classes
}

func (m *multiLabelling) Values(to []float64) {
	to[0], to[1] = math.NaN(), float64(m.wrong)/float64(m.count)
	if !m.training {
		to[0] = scoring.MeanAveragePrecision(m.scores, m.positive, m.classes)
	}
}
