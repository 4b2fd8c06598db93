package segmentation

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// MaskField is the field of what every pixel belongs to: numbers of classes [H W], and
// Void where it does not count.
const MaskField = "mask"

// Void is the label of pixels that do not count, such as the outlines of Pascal VOC.
const Void = annotations.Ignore

// Task is that of telling for every pixel which of so many classes it belongs to, by the
// cross entropy of logits [N H W Classes], the mean over the pixels of a batch that
// count. Its data sets are Fielded and have MaskField. Its metrics are mean_iou and
// pixel_accuracy, which are fractions; see scoring.Pixels.
type Task struct {
	Classes int
	// Weights are of the classes in the loss; nil means 1 for each. The mean over the
	// pixels of a batch is then that by the weights of their classes.
	Weights []float32

	heads  []*gorgonia.Node
	weight float64 // of their losses
}

// Name is "segmentation".
func (Task) Name() string { return "segmentation" }

// Metrics are mean_iou and pixel_accuracy.
func (Task) Metrics() []training.Metric {
	return []training.Metric{{Name: "mean_iou", Unit: "%", Higher: true}, {Name: "pixel_accuracy", Unit: "%", Higher: true, Training: true}}
}

// Fields are the masks.
func (Task) Fields(shape []int) []training.Field {
	return []training.Field{{Name: MaskField, Shape: shape[:2], Integer: true}}
}

// WithAuxiliary implements training.AuxiliaryTask.
func (t Task) WithAuxiliary(heads []*gorgonia.Node, weight float64) training.Task {
	t.heads, t.weight = heads, weight
	return t
}

// Build adds the cross entropy.
func (t Task) Build(b *graph.Builder, outputs gorgonia.Nodes, in map[string]*gorgonia.Node) (o training.Objective) {
	mask := in[MaskField]
	if !t.fits(b, outputs, mask) {
		return o
	}
	with := graph.CrossEntropyOptions{Weights: t.Weights, Ignored: []int32{Void}}
	loss, correct := b.PixelCrossEntropy("loss", outputs[0], mask, with)
	losses, weights := gorgonia.Nodes{loss}, []float64{1}
	for i, h := range t.heads {
		l, _ := b.PixelCrossEntropy(fmt.Sprintf("loss%d", i+1), h, mask, with)
		losses, weights = append(losses, l), append(weights, t.weight)
	}
	if o.Loss = loss; len(losses) > 1 {
		o.Loss = b.WeightedSum("loss.total", weights, losses...)
	}
	o.Counts = t.counts
	if b.Training() {
		o.Keep = gorgonia.Nodes{correct}
		o.Meter = &accuracy{correct: correct}
	} else {
		o.Meter = &meter{logits: outputs[0], classes: t.Classes, Pixels: counts(t.Classes)}
	}
	return o
}

// fits refuses a model whose output cannot be compared with the masks.
func (t Task) fits(b *graph.Builder, outputs gorgonia.Nodes, mask *gorgonia.Node) bool {
	switch {
	case b.Err() != nil:
	case t.Classes < 1 || t.Classes > Void:
		b.Fail(errors.Errorf("segmentation: want 1 to %d classes, got %d", Void, t.Classes))
	case len(outputs) != 1 || outputs[0] == nil:
		b.Fail(errors.Errorf("segmentation: want a model of one output, got %d", len(outputs)))
	case outputs[0].Dims() != 4 || outputs[0].Shape()[3] != t.Classes || outputs[0].Shape().TotalSize() != mask.Shape()[0]*t.Classes:
		b.Fail(errors.Errorf("segmentation: want an output of %d classes for every one of %d pixels, got %v", t.Classes, mask.Shape()[0], outputs[0].Shape()))
	}
	return b.Err() == nil
}

// counts is how much the pixels of a batch weigh together.
func (t Task) counts(b training.Batch) (sum float64) {
	mask := b.Fields.Ints(MaskField)
	for _, l := range mask[:len(mask)/len(b.Labels)*b.N] {
		switch {
		case l < 0 || l == Void:
		case t.Weights == nil:
			sum++
		default:
			sum += float64(t.Weights[l])
		}
	}
	return sum
}

// accuracy is the share of right pixels, as the loss counts them.
type accuracy struct {
	correct        *gorgonia.Node
	right, counted float64
}

func (m *accuracy) Reset() { m.right, m.counted = 0, 0 }

func (m *accuracy) Add(b training.Batch) {
	m.right += float64(graph.Scalar(m.correct))
	m.counted += Task{}.counts(b)
}

func (m *accuracy) Values(to []float64) { to[1] = m.right / m.counted }

// meter counts what pixels were taken for.
type meter struct {
	logits  *gorgonia.Node
	classes int
	*scoring.Pixels
}

func (m *meter) Reset() { m.Pixels = counts(m.classes) }

func (m *meter) Add(b training.Batch) {
	mask := b.Fields.Ints(MaskField)
	labels := make([]uint8, len(mask)/len(b.Labels)*b.N)
	for i := range labels {
		if labels[i] = Void; mask[i] >= 0 && mask[i] < Void {
			labels[i] = uint8(mask[i])
		}
	}
	_ = m.Pixels.Add(labels, pixels(graph.Floats(m.logits)[:len(labels)*m.classes], m.classes)) // of classes that there are
}

func (m *meter) Values(to []float64) { to[0], to[1] = m.MeanIoU(), m.Accuracy() }
