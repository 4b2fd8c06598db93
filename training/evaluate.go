package training

import (
	"context"
	"io"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Evaluator measures a network on data sets, through an inference graph over the
// network's state.
type Evaluator struct {
	// Workers is the number of goroutines that read examples; 0 means the Loader's
	// default.
	Workers int

	batch int
	shape []int // [H W C] of an example
	state *graph.State
	graph *network
}

// NewEvaluator builds the inference graph of a Classification for batches of examples of
// the given shape [H W C]. Parameters that the state lacks are made from seed 0.
func NewEvaluator(m Model, state *graph.State, shape []int, batch int) (*Evaluator, error) {
	return NewTaskEvaluator(Classification{}, m, state, shape, batch)
}

// NewTaskEvaluator is NewEvaluator for any task.
func NewTaskEvaluator(task Task, m Model, state *graph.State, shape []int, batch int) (*Evaluator, error) {
	if task == nil {
		return nil, errors.New("training: want a task, got nil")
	}
	n, err := build(task, m, state, graph.Options{}, shape, batch)
	if err != nil {
		return nil, err
	}
	return &Evaluator{batch: batch, shape: slices.Clone(shape), state: state, graph: n}, nil
}

// LoadWeights is the function of that name for the evaluator's network. A checkpoint of
// another task is refused.
func (e *Evaluator) LoadWeights(path string) error {
	if e == nil || e.graph == nil {
		return errNoEvaluator
	}
	card, err := ReadCard(path)
	if err != nil {
		return err
	}
	if card != nil && card.task() != e.graph.task.Name() {
		return errors.Errorf("training: %s is a checkpoint of the task %s, not of %s", path, card.task(), e.graph.task.Name())
	}
	return LoadWeights(e.state, path)
}

var errNoEvaluator = errors.New("training: want an evaluator of NewEvaluator")

// pass loads a data set for the graph. One of another shape, or that lacks a field, is
// an error.
func (e *Evaluator) pass(d Dataset) (*Loader, error) {
	if e == nil || e.graph == nil {
		return nil, errNoEvaluator
	}
	pass, err := NewPass(d, e.batch)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(pass.shape, e.shape) {
		return nil, errors.Errorf("training: the network was built for examples of shape %v, the data set has %v", e.shape, pass.shape)
	}
	pass.Workers = e.Workers
	e.graph.reads(pass)
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
	o := e.graph.Objective
	o.Meter.Reset()
	loss, weight, counted := 0.0, 0.0, 0
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
		n, w := e.graph.counts(b)
		if w != 0 {
			loss += float64(graph.Scalar(o.Loss)) * w
		}
		weight += w
		counted += n
		if err := e.graph.measure(b); err != nil {
			return Score{}, err
		}
	}
	values, err := e.graph.values()
	if err != nil {
		return Score{}, err
	}
	return scoreOf(e.graph.metrics, values, loss/weight, counted), nil
}
