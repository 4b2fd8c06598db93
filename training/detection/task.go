package detection

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Task is the training.Task of finding objects. Its metrics are COCO's mean average precision
// of boxes, over overlaps from 0.5 to 0.95 and at 0.5 alone, and the losses of the network.
type Task struct {
	Network detection.Network
	Objects int // that a picture may have at most; 0 means 100
}

// Names of the fields.
const (
	SizesField   = "sizes"   // [2], height and width of the picture on its canvas
	BoxesField   = "boxes"   // [Objects 4], x1, y1, x2, y2 in pixels of the canvas
	ClassesField = "classes" // [Objects], from 1 on, and 0 where there is no object
	MasksField   = "masks"   // [Objects MaskValues], of networks of masks; see detection.PackMask
)

// Names of the metrics besides those of the losses.
const (
	PrecisionMetric   = "average_precision"
	PrecisionMetric50 = "average_precision_50"
)

// Name is "detection".
func (Task) Name() string { return "detection" }

// objects is how many a picture may have.
func (t Task) objects() int {
	if t.Objects == 0 {
		return 100
	}
	return t.Objects
}

// Metrics are the precisions and the losses.
func (t Task) Metrics() []training.Metric {
	metrics := []training.Metric{{Name: PrecisionMetric, Unit: "%", Higher: true}, {Name: PrecisionMetric50, Unit: "%", Higher: true}}
	for _, name := range t.losses() {
		metrics = append(metrics, training.Metric{Name: name, Training: true})
	}
	return metrics
}

func (t Task) losses() []string {
	if t.Network == nil {
		return nil
	}
	return t.Network.LossNames()
}

// Fields are sizes, boxes and classes, and masks of a network that has them.
func (t Task) Fields(shape []int) []training.Field {
	fields := []training.Field{
		{Name: SizesField, Shape: []int{2}},
		{Name: BoxesField, Shape: []int{t.objects(), 4}},
		{Name: ClassesField, Shape: []int{t.objects()}},
	}
	if f, ok := t.Network.(detection.FasterRCNN); ok && f.Mask != nil {
		fields = append(fields, training.Field{Name: MasksField, Shape: []int{t.objects(), detection.MaskValues(shape[0], shape[1])}})
	}
	return fields
}

// Model is the network as a training.Config has it.
func (t Task) Model() training.FieldModel { return model{t} }

// model emits the network and its losses.
type model struct{ Task }

// Build refuses: there are no losses without the fields.
func (model) Build(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
	b.Fail(errors.New("detection: a detector is trained with its Task"))
	return nil
}

// BuildFields emits the losses, and what is found in a graph that is not for training.
func (m model) BuildFields(b *graph.Builder, in map[string]*gorgonia.Node) (outputs gorgonia.Nodes) {
	if m.Network == nil {
		b.Fail(errors.New("detection: the task has no network"))
		return nil
	}
	losses, found := m.Network.Losses(b, detection.Pictures{Images: in["images"], Sizes: in[SizesField]},
		detection.Objects{Boxes: in[BoxesField], Labels: in[ClassesField], Masks: in[MasksField]})
	for _, l := range losses {
		outputs = append(outputs, l.Value)
	}
	if found.Rows != nil {
		outputs = append(outputs, found.Rows)
	}
	return outputs
}

// Build adds the losses up.
func (t Task) Build(b *graph.Builder, outputs gorgonia.Nodes, _ map[string]*gorgonia.Node) (o training.Objective) {
	n := len(t.losses())
	if n == 0 || len(outputs) < n {
		b.Fail(errors.Errorf("detection: want the model of the task, with %d losses, got %d outputs", n, len(outputs)))
		return o
	}
	o.Loss = outputs[0]
	for i, l := range outputs[1:n] {
		o.Loss = b.Add("loss."+t.losses()[i+1], o.Loss, l, graph.Identity)
	}
	m := &meter{losses: outputs[:n], sums: make([]float64, n), classes: t.Network.Info().Classes}
	if len(outputs) > n {
		m.found = outputs[n]
	}
	o.Meter = m
	return o
}
