package training

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Classification is the Task of telling classes apart that exclude each other, by the
// softmax cross entropy of logits [N classes]. Its metrics are the error, the share of
// wrong predictions, and the top-5 error. With Config.Smoothing or Config.Mix training
// goes by targets that are made of the labels.
type Classification struct {
	// Weights are of the classes in the loss, in training and evaluation; nil means 1 for
	// each. The mean over examples is that by the weights of their classes, as PyTorch's
	// is, but for mixed examples, of which it is the plain one. In a batch that is
	// computed in parts it is each part's.
	Weights []float32

	// Ignore are labels of examples that count for nothing, such as -100 or 255.
	Ignore []int32
}

// Name is "classification".
func (Classification) Name() string { return classificationName }

const classificationName = "classification"

// Names of the metrics that Score, Record and Step have fields for.
const (
	errorName = "error"
	top5Name  = "top5_error"
)

// Metrics are error and top5_error, which are fractions.
func (Classification) Metrics() []Metric {
	return []Metric{{Name: errorName, Unit: "%", Training: true}, {Name: top5Name, Unit: "%"}}
}

// Fields are the labels.
func (Classification) Fields([]int) []Field { return []Field{{Name: LabelsField, Integer: true}} }

// Ignored are the labels that the field says. The Loader of a Task with this method, such
// as one that has a Classification in it, leaves such examples out.
func (c Classification) Ignored() []int32 { return c.Ignore }

// Build adds the cross entropy.
func (c Classification) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) Objective {
	return mixing{Classification: c}.Build(b, outputs, in)
}

// mixing is a Classification as a Config has it.
type mixing struct {
	Classification
	mix       Mix
	smoothing float64 // in training
	auxiliary auxiliary
}

// classifies finds the Classification that a task is.
func classifies(t Task) (Classification, bool) {
	switch t := t.(type) {
	case Classification:
		return t, true
	case *Classification:
		if t != nil {
			return *t, true
		}
	case mixing:
		return t.Classification, true
	}
	return Classification{}, false
}

// Build adds the cross entropy, of targets where labels are mixed or smoothed.
func (m mixing) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) (o Objective) {
	if len(outputs) != 1 {
		b.Fail(errors.Errorf("training: %s wants a model of one output, the logits, got %d", m.Name(), len(outputs)))
		return o
	}
	logits, labels := outputs[0], in[LabelsField]
	var loss func(layer string, logits *gorgonia.Node) *gorgonia.Node
	mixed := b.Training() && m.mix != Mix{}
	smoothed := b.Training() && m.smoothing > 0
	switch with := (graph.CrossEntropyOptions{Weights: m.Weights}); {
	case (mixed || smoothed && m.Weights == nil) && b.Err() == nil:
		soft := b.Input("targets", logits.Shape()...)
		loss = func(layer string, logits *gorgonia.Node) *gorgonia.Node {
			return b.SoftCrossEntropyWith(layer, logits, soft, with)
		}
		shape := in[imagesField].Shape()[1:]
		o.Prepare = func(batch Batch, source rand.Source) error {
			share := m.mix.apply(batch.Images, shape, source)
			return targets(graph.Floats(soft), batch.Labels, share, m.smoothing)
		}
	default:
		if smoothed {
			with.Smoothing = m.smoothing
		}
		loss = func(layer string, logits *gorgonia.Node) *gorgonia.Node {
			l, _ := b.CrossEntropyWith(layer, logits, labels, with)
			return l
		}
	}
	o.Loss = m.auxiliary.add(b, loss("loss", logits), loss)
	meter := &classifying{correct: b.TopK("correct", logits, labels, 1)}
	if !b.Training() {
		meter.top5 = b.TopK("top5", logits, labels, 5)
	}
	o.Meter = meter
	o.Counts = m.counts
	return o
}

// counts is how much the examples of a batch weigh together.
func (c Classification) counts(b Batch) (sum float64) {
	if c.Weights == nil {
		return float64(labelled(b))
	}
	for _, l := range b.Labels {
		if l >= 0 {
			sum += float64(c.Weights[l])
		}
	}
	return sum
}

// labelled is how many examples of a batch have a label that counts.
func labelled(b Batch) (n int) {
	for _, l := range b.Labels {
		if l >= 0 {
			n++
		}
	}
	return n
}

// Balanced are weights of classes that have so many examples each, with which all classes
// count the same and an example counts 1 on average: n / (K count) of n examples of K
// classes, as scikit-learn has it. A class without examples weighs nothing.
func Balanced(counts []int) []float32 {
	n := 0
	for _, c := range counts {
		n += c
	}
	weights := make([]float32, len(counts))
	for i, c := range counts {
		if c > 0 {
			weights[i] = float32(float64(n) / (float64(len(counts)) * float64(c)))
		}
	}
	return weights
}

// check refuses weights that make no sense.
func (c Classification) check() error {
	for i, w := range c.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 1) {
			return errors.Errorf("training: the weight of class %d cannot be %v; want 0 or more", i, w)
		}
	}
	if c.Weights != nil && (len(c.Weights) == 0 || slices.Max(c.Weights) == 0) {
		return errors.New("training: no class has a weight above 0")
	}
	return nil
}

// classifying counts right predictions.
type classifying struct {
	correct               *gorgonia.Node // count
	top5                  *gorgonia.Node // nil in training
	right, among, counted float64
}

func (m *classifying) Reset() { m.right, m.among, m.counted = 0, 0, 0 }

func (m *classifying) Add(b Batch) {
	m.right += float64(graph.Scalar(m.correct))
	if m.top5 != nil {
		m.among += float64(graph.Scalar(m.top5))
	}
	m.counted += float64(labelled(b))
}

func (m *classifying) Values(to []float64) {
	to[0], to[1] = 1-m.right/m.counted, 1-m.among/m.counted
}
