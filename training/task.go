package training

import (
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Task says what a network is trained for: what a batch carries besides its pictures,
// the loss, and the metrics that the log, the events, reports and the best checkpoint go
// by. Classification is the one of a Config that names none; MultiLabel and Regression
// are others.
//
// A Task is a value that many graphs may be built for; what belongs to one graph is in
// the Objective.
type Task interface {
	// Name is noted in checkpoints, which runs of another task refuse.
	Name() string

	// Metrics are what is measured besides the loss. The best checkpoint and Plateau go
	// by the first, of which there must be one.
	Metrics() []Metric

	// Fields are what the task reads of examples of that shape [H W C] besides the
	// picture: a data set must be Fielded to have others than LabelsField and
	// PresentField.
	Fields(shape []int) []Field

	// Build adds the loss of the model's outputs to a graph, in training and for
	// evaluations. in holds "images" [N H W C] and the nodes of the fields, the model's
	// too, by their names: [N Shape...], of whole numbers one after the other as
	// Builder.Labels has them. What is wrong goes to Builder.Fail.
	Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) Objective
}

// Objective is a task in one graph.
type Objective struct {
	// Loss is the scalar that training makes small, a mean over the examples of a batch
	// whose PresentField is 1, or whose label is not negative.
	Loss *gorgonia.Node
	// Keep are nodes besides the loss and the outputs that Meter reads after a run.
	Keep gorgonia.Nodes
	// Meter measures the batches of a data set in an evaluation, or of a step in training.
	Meter Meter

	// Counts is how much a batch counts in the mean loss of a data set; nil means as many
	// as it has examples.
	Counts func(b Batch) float64
	// Prepare, unless nil, changes a batch of training before the graph takes it, such as
	// by mixing examples. The random numbers are those of the batch and the seed.
	Prepare func(b Batch, source rand.Source) error
}

// Metric is a number that says how good a network is.
type Metric struct {
	Name   string `json:"name"`             // such as mean_absolute_error: letters, digits and underscores
	Unit   string `json:"unit,omitempty"`   // "%" of a fraction, which reports then write in percent; or such as years
	Higher bool   `json:"higher,omitempty"` // values are the better the higher they are
	// Training has it measured on the batches of training too, where it is the mean of
	// the batches as they were seen: for what costs next to nothing.
	Training bool `json:"training,omitempty"`
}

// Meter measures what a graph makes of batches.
type Meter interface {
	// Reset forgets all batches.
	Reset()
	// Add takes in the batch that the graph was run on last, of which the first b.N
	// examples count.
	Add(b Batch)
	// Values writes the value of each of the task's Metrics for all batches since Reset:
	// NaN where there is none. In training those not marked Training are not looked at.
	Values(to []float64)
}

// FieldModel is a Model that reads fields besides pictures, such as the time step of a
// denoising network, or that has several outputs.
type FieldModel interface {
	Model
	// Fields are what it reads of examples of that shape [H W C], besides the task's.
	Fields(shape []int) []Field
	// BuildFields takes the place of Build. in is that of Task.Build.
	BuildFields(b *graph.Builder, in map[string]*gorgonia.Node) (outputs gorgonia.Nodes)
}

// Names of fields that every data set has, and that have no shape.
const (
	// LabelsField are the labels, whole numbers, -1 for examples that do not count.
	LabelsField = "labels"
	// PresentField is 1 for examples that count, and 0 for those that fill the last
	// batch of a pass up.
	PresentField = "present"

	imagesField = "images"
)

// metricName is what a metric may be called: a column of a table, and part of a name.
var metricName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkTask refuses a task that cannot be kept records of, or read fields for, and
// returns the fields that it and the model read.
func checkTask(t Task, m Model, shape []int) (fields []Field, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("training: the task, a %T, or the model, a %T: panic: %v", t, m, r)
		}
	}()
	metrics := t.Metrics()
	if t.Name() == "" || len(metrics) == 0 {
		return nil, errors.Errorf("training: the task, a %T: want a name and at least one metric", t)
	}
	for i, x := range metrics {
		switch {
		case !metricName.MatchString(x.Name) || x.Name == lossName:
			return nil, errors.Errorf("training: %s: a metric cannot be called %q; want small letters, digits and underscores, and not loss", t.Name(), x.Name)
		case slices.ContainsFunc(metrics[:i], func(other Metric) bool { return other.Name == x.Name }):
			return nil, errors.Errorf("training: %s: there are two metrics %s", t.Name(), x.Name)
		}
	}
	fields = slices.Clone(t.Fields(slices.Clone(shape)))
	if wide, ok := m.(FieldModel); ok {
		for _, f := range wide.Fields(slices.Clone(shape)) {
			if !slices.ContainsFunc(fields, f.equal) {
				fields = append(fields, f)
			}
		}
	}
	return fields, errors.WithMessagef(checkFields(fields), "training: %s", t.Name())
}

// lossName is what the loss is called among the metrics.
const lossName = "loss"
