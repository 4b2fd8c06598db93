package detection

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"gorgonia.org/gorgonia"
)

// Limits say what of all that is found is handed out. Zero values are torchvision's.
type Limits struct {
	Count   int     // of objects in a picture; 0 means 100, or 300 of a RetinaNet
	Score   float64 // from which on; 0 means 0.05
	Overlap float64 // above which the lower score of a class goes; 0 means 0.5
}

// settle fills in the defaults.
func (l Limits) settle(count int) Limits {
	return Limits{or(l.Count, count), or(l.Score, 0.05), or(l.Overlap, 0.5)}
}

// smallestObject is the least side of what Faster R-CNN finds, in pixels.
const smallestObject = 1e-2

// candidates are boxes of a picture that may be objects.
type candidates struct {
	boxes, scores []float32
	classes       []int32
}

func (c *candidates) add(box []float32, score float32, class int) {
	c.boxes, c.scores, c.classes = append(c.boxes, box...), append(c.scores, score), append(c.classes, int32(class))
}

// write writes the rows of a Found that are left within the limits.
func (c *candidates) write(rows []float32, picture int, l Limits) {
	left := boxes.SuppressGroups(c.boxes, c.scores, c.classes, l.Overlap)
	for k, i := range left[:min(len(left), l.Count)] {
		row := rows[k*FoundValues:][:FoundValues]
		row[0], row[5], row[6] = float32(picture), float32(c.classes[i]), c.scores[i]
		copy(row[1:5], boxes.At(c.boxes, i))
	}
}

// find emits what the second stage finds: of every region and every class but the background a
// box and a score.
func find(b *graph.Builder, p Pictures, logits, codes, proposals *gorgonia.Node, l Limits) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	n, l := p.Images.Shape()[0], l.settle(100)
	given, values := proposals.Shape()[0]/n, proposals.Shape()[1]
	return b.Apply("roi_heads.found", graph.CustomOp{
		Kind: "detections", Shape: []int{n * l.Count, FoundValues},
		Forward: func(y []float32, in ...[]float32) {
			none(y, FoundValues)
			each(n, func(i int) {
				var c candidates
				box := make([]float32, 4)
				for j := i * given; j < (i+1)*given; j++ {
					region := in[2][j*values:][:5]
					if region[0] < 0 {
						break
					}
					row := rowOf(in[0], n*given, j)
					sum := logSum(row)
					for class, v := range row[1:] {
						class++
						score := float32(math.Exp(float64(v) - sum))
						if !(float64(score) > l.Score) {
							continue
						}
						regionCoder.Decode(box, boxes.At(rowOf(in[1], n*given, j), class), region[1:])
						boxes.Clip(box, in[3][2*i], in[3][2*i+1])
						if !boxes.Small(box, smallestObject) {
							c.add(box, score, class)
						}
					}
				}
				c.write(y[i*l.Count*FoundValues:], i, l)
			})
		},
	}, logits, codes, proposals, p.Sizes)
}
