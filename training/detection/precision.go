package detection

import (
	"maps"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
)

// precision is COCO's mean average precision of boxes of all sizes, no object being a crowd.
type precision struct {
	classes map[int]*class
}

// class is what is known of one.
type class struct {
	objects int
	answers []answer
}

// answer is something found, and at which of the overlaps it is an object that nothing of a
// higher score has taken.
type answer struct {
	score float32
	right [overlaps]bool
}

// overlaps is how many there are, 0.5, 0.55 and so on.
const overlaps = 10

// overlap is the least with which an object counts as found.
func overlap(i int) float64 { return 0.5 + 0.05*float64(i) }

// of is a class.
func (p *precision) of(c int) *class {
	if p.classes == nil {
		p.classes = map[int]*class{}
	}
	if p.classes[c] == nil {
		p.classes[c] = &class{}
	}
	return p.classes[c]
}

// add takes in a picture: rows of what was found, from the highest score on, and the objects,
// of which those of class 0 are none.
func (p *precision) add(rows, objects, classes []float32) {
	for _, c := range classes {
		if c > 0 {
			p.of(int(c)).objects++
		}
	}
	taken := make([][overlaps]bool, len(classes))
	for ; len(rows) >= detection.FoundValues && rows[0] >= 0; rows = rows[detection.FoundValues:] {
		box, c, a := rows[1:5], rows[5], answer{score: rows[6]}
		for t := range a.right {
			best, most := -1, overlap(t)
			for i, of := range classes {
				if of != c || taken[i][t] {
					continue
				}
				if shared := float64(boxes.IoU(box, boxes.At(objects, i))); shared >= most {
					best, most = i, shared
				}
			}
			if best >= 0 {
				taken[best][t], a.right[t] = true, true
			}
		}
		of := p.of(int(c))
		of.answers = append(of.answers, a)
	}
}

// values are the mean over classes and overlaps, and at the first overlap; NaN without objects.
func (p *precision) values() (mean, at50 float64) {
	n := 0.0
	for _, k := range slices.Sorted(maps.Keys(p.classes)) {
		c := p.classes[k]
		if c.objects == 0 {
			continue
		}
		slices.SortStableFunc(c.answers, func(a, b answer) int {
			if a.score == b.score {
				return 0
			}
			return int(math.Copysign(1, float64(b.score-a.score)))
		})
		n++
		for t := range overlaps {
			v := c.average(t)
			mean += v / overlaps
			if t == 0 {
				at50 += v
			}
		}
	}
	return mean / n, at50 / n
}

// recalls is how many places of recall the precision is averaged over.
const recalls = 101

// average is the average precision at an overlap: at each recall the best precision from there
// on.
func (c *class) average(t int) (sum float64) {
	var precision, recall []float64
	right := 0.0
	for i, a := range c.answers {
		if a.right[t] {
			right++
		}
		precision, recall = append(precision, right/float64(i+1)), append(recall, right/float64(c.objects))
	}
	for i := len(precision) - 2; i >= 0; i-- {
		precision[i] = max(precision[i], precision[i+1])
	}
	for i := range recalls {
		at, _ := slices.BinarySearch(recall, float64(i)*0.01)
		if at < len(precision) {
			sum += precision[at] / recalls
		}
	}
	return sum
}
