package detection

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring/coco"
	"gorgonia.org/gorgonia"
)

// meter measures the losses and, in evaluations, the boxes that are found. It compares them in
// pixels of the canvas, which changes no overlap, and knows nothing of crowds.
type meter struct {
	losses  gorgonia.Nodes
	found   *gorgonia.Node // nil in training
	sums    []float64      // of the losses
	counted float64        // pictures
	classes int            // with the background

	objects    int
	pictures   []annotations.Picture // what is there
	detections []annotations.Detection
}

// Reset implements training.Meter.
func (m *meter) Reset() {
	clear(m.sums)
	m.counted, m.objects, m.pictures, m.detections = 0, 0, nil, nil
}

// Add implements training.Meter.
func (m *meter) Add(b training.Batch) {
	for i, l := range m.losses {
		m.sums[i] += float64(graph.Scalar(l)) * float64(b.N)
	}
	m.counted += float64(b.N)
	if m.found == nil {
		return
	}
	rows, boxes, classes := graph.Floats(m.found), b.Fields.Floats(BoxesField), b.Fields.Floats(ClassesField)
	n := len(b.Labels)
	most, objects := len(rows)/n, len(classes)/n
	for i := range b.N {
		m.add(rows[i*most:(i+1)*most], boxes[4*i*objects:4*(i+1)*objects], classes[i*objects:(i+1)*objects])
	}
}

// add takes in a picture: rows of a detection.Found, and the objects, of which those of class 0
// are none.
func (m *meter) add(rows, boxes, classes []float32) {
	p := annotations.Picture{ID: int64(len(m.pictures) + 1)}
	for i, c := range classes {
		if c > 0 {
			m.objects++
			box := annotations.Corners(boxes[4*i : 4*i+4]).Box()
			p.Objects = append(p.Objects, annotations.Object{ID: int64(m.objects), Category: int(c) - 1, Box: box, Area: box.Area()})
		}
	}
	for ; len(rows) > 0 && rows[0] >= 0; rows = rows[detection.FoundValues:] {
		m.detections = append(m.detections, annotations.Detection{Picture: len(m.pictures), Category: int(rows[5]) - 1,
			Score: float64(rows[6]), Box: annotations.Corners(rows[1:5]).Box()})
	}
	m.pictures = append(m.pictures, p)
}

// Values implements training.Meter.
func (m *meter) Values(to []float64) {
	if m.objects > 0 {
		set := &annotations.Set{Categories: make([]annotations.Category, m.classes-1), Pictures: m.pictures}
		for i := range set.Categories {
			set.Categories[i].ID = int64(i + 1)
		}
		if r, err := coco.Evaluate(set, m.detections, coco.Boxes); err == nil { // otherwise a score is no number, and neither is this
			to[0], to[1] = r.AP, r.AP50
		}
	}
	for i, s := range m.sums {
		to[2+i] = s / m.counted
	}
}
