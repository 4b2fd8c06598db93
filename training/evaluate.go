package training

import (
	"context"
	"encoding/json"
	"io"
	"math"

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
	Loss    float64 // mean cross entropy
	Error   float64 // share of wrong predictions, 0 to 1
	Correct int     // right predictions
	N       int     // examples
}

// MarshalJSON writes a loss that is not finite as null: in the first steps of a
// very deep network the running statistics can be so far off that it overflows.
func (s Score) MarshalJSON() ([]byte, error) {
	j := scoreJSON{&s.Loss, s.Error, s.Correct, s.N}
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
	*s = Score{math.NaN(), j.Error, j.Correct, j.N}
	if j.Loss != nil {
		s.Loss = *j.Loss
	}
	return nil
}

type scoreJSON struct {
	Loss       *float64
	Error      float64
	Correct, N int
}

// Evaluator measures a network on data sets, through an inference graph over the
// network's state.
type Evaluator struct {
	batch int
	graph *network
}

// NewEvaluator builds the inference graph for batches of examples of the given
// shape [H W C]. Parameters that the state lacks are made from seed 0.
func NewEvaluator(m Model, state *graph.State, shape []int, batch int) (*Evaluator, error) {
	n, err := build(m, state, graph.Options{}, shape, batch)
	if err != nil {
		return nil, err
	}
	return &Evaluator{batch: batch, graph: n}, nil
}

// Evaluate measures the network on the whole data set, without augmentation.
func (e *Evaluator) Evaluate(ctx context.Context, d Dataset) (Score, error) {
	pass, err := NewPass(d, e.batch)
	if err != nil {
		return Score{}, err
	}
	defer pass.Close()
	var s Score
	for {
		b, err := pass.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return Score{}, err
		}
		loss, correct, err := e.graph.run(b)
		if err != nil {
			return Score{}, err
		}
		s.Loss += loss * float64(b.N)
		s.Correct += correct
		s.N += b.N
	}
	s.Loss /= float64(s.N)
	s.Error = 1 - float64(s.Correct)/float64(s.N)
	return s, nil
}

// network is a compiled graph from a batch to its loss.
type network struct {
	machine               *graph.Machine
	images, labels        *gorgonia.Node
	logits, loss, correct *gorgonia.Node
}

func build(m Model, state *graph.State, o graph.Options, shape []int, batch int) (*network, error) {
	if len(shape) != 3 {
		return nil, errors.Errorf("training: want examples of shape [H W C], got %v", shape)
	}
	b := graph.NewBuilder(state, o)
	n := &network{}
	n.images = b.Input("images", batch, shape[0], shape[1], shape[2])
	n.labels = b.Labels("labels", batch)
	n.logits = m.Build(b, n.images)
	n.loss, n.correct = b.CrossEntropy("loss", n.logits, n.labels)
	if o.Training {
		b.Gradients(n.loss)
	}
	var err error
	n.machine, err = b.Compile(n.logits)
	return n, err
}

// run puts the batch through the graph: mean loss and right predictions.
func (n *network) run(b Batch) (loss float64, correct int, err error) {
	copy(graph.Floats(n.images), b.Images)
	copy(graph.Ints(n.labels), b.Labels)
	if err := n.machine.Run(); err != nil {
		return 0, 0, err
	}
	return float64(graph.Scalar(n.loss)), int(graph.Scalar(n.correct)), nil
}
