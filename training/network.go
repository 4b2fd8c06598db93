package training

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Model emits a network: images x [N H W C] to what its Task wants, for Classification
// logits [N classes].
type Model interface {
	Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node
}

// network is a compiled graph from a batch to its loss.
type network struct {
	task    Task
	metrics []Metric
	fields  []Field // of a batch, in order
	machine *graph.Machine
	images  *gorgonia.Node
	inputs  []*gorgonia.Node // of the fields
	outputs gorgonia.Nodes
	Objective
	measured []float64 // values of the metrics
}

// recovered makes an error of a panic in building, such as with a model that is a nil
// pointer.
func recovered(what string, of any, err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("training: building the %s of a %T: panic: %v", what, of, r)
	}
}

// build compiles the graph for batches of the size.
func build(task Task, m Model, state *graph.State, o graph.Options, shape []int, batch int) (n *network, err error) {
	if m == nil || state == nil {
		return nil, errors.New("training: want a model and a state for its parameters, got nil")
	}
	if len(shape) != 3 {
		return nil, errors.Errorf("training: want examples of shape [H W C], got %v", shape)
	}
	n = &network{task: task, metrics: task.Metrics()}
	if n.fields, err = checkTask(task, m, shape); err != nil {
		return nil, err
	}
	b := graph.NewBuilder(state, o)
	in, err := n.emit(b, m, shape, batch)
	if err != nil {
		return nil, err
	}
	if err := n.aim(b, in); err != nil {
		return nil, err
	}
	if o.Training {
		b.Gradients(n.Loss)
	}
	n.machine, err = b.Compile(append(n.outputs[:len(n.outputs):len(n.outputs)], n.Keep...)...)
	n.measured = make([]float64, len(n.metrics))
	return n, err
}

// emit adds the inputs and the model.
func (n *network) emit(b *graph.Builder, m Model, shape []int, batch int) (in map[string]*gorgonia.Node, err error) {
	defer recovered("network", m, &err)
	n.images = b.Input(imagesField, batch, shape[0], shape[1], shape[2])
	in = map[string]*gorgonia.Node{imagesField: n.images}
	for _, f := range n.fields {
		var x *gorgonia.Node
		if f.Integer {
			x = b.Labels(f.Name, batch*f.size())
		} else {
			x = b.Input(f.Name, append([]int{batch}, f.Shape...)...)
		}
		in[f.Name] = x
		n.inputs = append(n.inputs, x)
	}
	if wide, ok := m.(FieldModel); ok {
		n.outputs = wide.BuildFields(b, in)
	} else {
		n.outputs = gorgonia.Nodes{n.logits(b, m)}
	}
	return in, b.Err()
}

// aim adds the task.
func (n *network) aim(b *graph.Builder, in map[string]*gorgonia.Node) (err error) {
	defer recovered("loss", n.task, &err)
	n.Objective = n.task.Build(b, n.outputs, in)
	switch {
	case b.Err() != nil:
		return b.Err()
	case n.Loss == nil || n.Loss.Shape().TotalSize() > 1 || n.Meter == nil:
		return errors.Errorf("training: %s: want a loss that is a scalar, and a meter", n.task.Name())
	}
	return nil
}

// reads has a loader read what the graph takes.
func (n *network) reads(l *Loader) {
	l.Fields = carried(n.fields)
	if t, ok := n.task.(interface{ Ignored() []int32 }); ok {
		l.Ignore = t.Ignored()
	}
}

// labels tells whether the graph reads labels.
func (n *network) labels() bool {
	for _, f := range n.fields {
		if f.Name == LabelsField {
			return true
		}
	}
	return false
}

// counts is how many examples of a batch count, and how much they weigh in the loss.
func (n *network) counts(b Batch) (examples int, weight float64) {
	examples = b.N
	if n.labels() {
		examples = labelled(b)
	}
	if n.Counts == nil {
		return examples, float64(examples)
	}
	return examples, n.Counts(b)
}

// measure has the meter take in the batch that was run last.
func (n *network) measure(b Batch) (err error) {
	defer n.metering(&err)
	n.Meter.Add(b)
	return nil
}

// values are those of the metrics, until the next call.
func (n *network) values() (v []float64, err error) {
	defer n.metering(&err)
	for i := range n.measured {
		n.measured[i] = math.NaN()
	}
	n.Meter.Values(n.measured)
	return n.measured, nil
}

func (n *network) metering(err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("training: the metrics of %s: panic: %v", n.task.Name(), r)
	}
}

// run puts the batch through the graph; checked, it ends with ErrDiverged at the first
// value that is not finite.
func (n *network) run(b Batch, checked bool) error {
	images := graph.Floats(n.images)
	if len(b.Images) != len(images) {
		return errors.Errorf("training: the graph takes %d values, the batch has %d", len(images), len(b.Images))
	}
	copy(images, b.Images)
	for i, f := range n.fields {
		if err := put(n.inputs[i], f, b); err != nil {
			return err
		}
	}
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

// put copies a field of a batch to its node.
func put(to *gorgonia.Node, f Field, b Batch) error {
	var floats []float32
	var ints []int32
	switch {
	case f.Name == LabelsField:
		ints = b.Labels
	case f.Name == PresentField:
		present := graph.Floats(to)
		for i := range present {
			present[i] = 0
			if i < b.N {
				present[i] = 1
			}
		}
		return nil
	case f.Integer:
		ints = b.Fields.Ints(f.Name)
	default:
		floats = b.Fields.Floats(f.Name)
	}
	toFloats, toInts := graph.Floats(to), graph.Ints(to)
	if have, want := len(floats)+len(ints), len(toFloats)+len(toInts); have != want {
		return errors.Errorf("training: the graph takes %d values of %s, the batch has %d", want, f.Name, have)
	}
	copy(toFloats, floats)
	copy(toInts, ints)
	return nil
}
