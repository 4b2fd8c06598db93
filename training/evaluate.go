package training

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Model emits a network: images x [N H W C] to logits [N classes].
type Model interface {
	Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node
}

// Score is how a network does on a data set.
type Score struct {
	Loss      float64 // mean cross entropy
	Error     float64 // share of wrong predictions, 0 to 1
	Top5Error float64 // share of examples whose class is not among the five most probable
	Correct   int     // right predictions
	N         int     // examples
}

// MarshalJSON writes a loss that is not finite as null: in the first steps of a
// very deep network the running statistics can be so far off that it overflows.
func (s Score) MarshalJSON() ([]byte, error) {
	j := scoreJSON{&s.Loss, s.Error, s.Top5Error, s.Correct, s.N}
	if math.IsNaN(s.Loss) || math.IsInf(s.Loss, 0) {
		j.Loss = nil
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote; null is NaN.
func (s *Score) UnmarshalJSON(text []byte) error {
	var j scoreJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*s = Score{math.NaN(), j.Error, j.Top5Error, j.Correct, j.N}
	if j.Loss != nil {
		s.Loss = *j.Loss
	}
	return nil
}

type scoreJSON struct {
	Loss             *float64
	Error, Top5Error float64
	Correct, N       int
}

// Evaluator measures a network on data sets, through an inference graph over the
// network's state.
type Evaluator struct {
	// Workers is the number of goroutines that read examples; 0 means the Loader's
	// default.
	Workers int

	batch int
	shape []int // [H W C] of an example
	graph *network
}

// NewEvaluator builds the inference graph for batches of examples of the given
// shape [H W C]. Parameters that the state lacks are made from seed 0.
func NewEvaluator(m Model, state *graph.State, shape []int, batch int) (*Evaluator, error) {
	n, err := build(m, state, graph.Options{}, shape, batch, false)
	if err != nil {
		return nil, err
	}
	return &Evaluator{batch: batch, shape: slices.Clone(shape), graph: n}, nil
}

// pass loads a data set for the graph. One of another shape is an error.
func (e *Evaluator) pass(d Dataset) (*Loader, error) {
	if e.graph == nil {
		return nil, errors.New("training: want an evaluator of NewEvaluator")
	}
	pass, err := NewPass(d, e.batch)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(pass.shape, e.shape) {
		return nil, errors.Errorf("training: the network was built for examples of shape %v, the data set has %v", e.shape, pass.shape)
	}
	return pass, nil
}

// Evaluate measures the network on the whole data set, without augmentation.
// Examples of another shape than the evaluator's are an error.
func (e *Evaluator) Evaluate(ctx context.Context, d Dataset) (Score, error) {
	pass, err := e.pass(d)
	if err != nil {
		return Score{}, err
	}
	defer pass.Close()
	pass.Workers = e.Workers
	var s Score
	top5 := 0
	for {
		b, err := pass.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return Score{}, err
		}
		if err := e.graph.run(b, false); err != nil {
			return Score{}, err
		}
		s.Loss += float64(graph.Scalar(e.graph.loss)) * float64(b.N)
		s.Correct += int(graph.Scalar(e.graph.correct))
		top5 += int(graph.Scalar(e.graph.top5))
		s.N += b.N
	}
	s.Loss /= float64(s.N)
	s.Error = 1 - float64(s.Correct)/float64(s.N)
	s.Top5Error = 1 - float64(top5)/float64(s.N)
	return s, nil
}

// network is a compiled graph from a batch to its loss.
type network struct {
	machine        *graph.Machine
	images, labels *gorgonia.Node
	targets        *gorgonia.Node // nil where the loss is that of the labels
	logits, loss   *gorgonia.Node
	correct, top5  *gorgonia.Node // counts
}

// recovered makes an error of a panic in a model, such as one that is a nil pointer.
func recovered(m Model, err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("training: building the network of a %T: panic: %v", m, r)
	}
}

// build compiles the graph for batches of the size; soft ones have targets besides
// their labels.
func build(m Model, state *graph.State, o graph.Options, shape []int, batch int, soft bool) (n *network, err error) {
	if m == nil || state == nil {
		return nil, errors.New("training: want a model and a state for its parameters, got nil")
	}
	if len(shape) != 3 {
		return nil, errors.Errorf("training: want examples of shape [H W C], got %v", shape)
	}
	defer recovered(m, &err)
	b := graph.NewBuilder(state, o)
	n = &network{}
	n.images = b.Input("images", batch, shape[0], shape[1], shape[2])
	n.labels = b.Labels("labels", batch)
	n.logits = m.Build(b, n.images)
	if soft && b.Err() == nil {
		n.targets = b.Input("targets", n.logits.Shape()...)
		n.loss = b.SoftCrossEntropy("loss", n.logits, n.targets)
	} else {
		n.loss, _ = b.CrossEntropy("loss", n.logits, n.labels)
	}
	n.correct = b.TopK("correct", n.logits, n.labels, 1)
	n.top5 = b.TopK("top5", n.logits, n.labels, 5)
	if o.Training {
		b.Gradients(n.loss)
	}
	n.machine, err = b.Compile(n.logits)
	return n, err
}

// run puts the batch through the graph; checked, it ends with ErrDiverged at the first
// value that is not finite.
func (n *network) run(b Batch, checked bool) error {
	images, labels := graph.Floats(n.images), graph.Ints(n.labels)
	if len(b.Images) != len(images) || len(b.Labels) != len(labels) {
		return errors.Errorf("training: the graph takes %d values and %d labels, the batch has %d and %d", len(images), len(labels), len(b.Images), len(b.Labels))
	}
	copy(images, b.Images)
	copy(labels, b.Labels)
	if !checked {
		return n.machine.Run()
	}
	var where *graph.Anomaly
	err := n.machine.RunChecked()
	if errors.As(err, &where) {
		return errors.Wrap(ErrDiverged, where.Error())
	}
	return err
}
