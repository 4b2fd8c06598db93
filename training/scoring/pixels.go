package scoring

import (
	"math"

	"github.com/pkg/errors"
)

// Pixels counts the classes of pixels, for segmentation: a matrix of the right classes and
// those that a network gave. It is for one goroutine at a time; Merge adds up those of several.
type Pixels struct {
	classes int
	counts  []int64 // [right class, predicted class]
}

// maxPixelClasses is as many as labels of a byte leave beside the one that does not count.
const maxPixelClasses = 255

// NewPixels counts for so many classes, at most 255.
func NewPixels(classes int) (*Pixels, error) {
	if classes < 1 || classes > maxPixelClasses {
		return nil, errors.Errorf("scoring: want 1 to %d classes of pixels, got %d", maxPixelClasses, classes)
	}
	return &Pixels{classes, make([]int64, classes*classes)}, nil
}

// Add counts pixels and the classes that they were given. Pixels whose label is no class, such
// as 255, do not count; a predicted class that is none is an error, and nothing is counted
// then.
func (p *Pixels) Add(labels, predicted []uint8) error {
	if p.Classes() == 0 {
		return errors.New("scoring: want pixels that NewPixels counts, got none")
	}
	if len(labels) != len(predicted) {
		return errors.Errorf("scoring: want a class for each of %d pixels, got %d", len(labels), len(predicted))
	}
	for i, v := range predicted {
		if int(v) >= p.classes {
			return errors.Errorf("scoring: pixel %d was given the class %d of %d", i, v, p.classes)
		}
	}
	for i, label := range labels {
		if int(label) < p.classes {
			p.counts[int(label)*p.classes+int(predicted[i])]++
		}
	}
	return nil
}

// Merge adds another's counts, of as many classes.
func (p *Pixels) Merge(other *Pixels) error {
	if p.Classes() == 0 || other.Classes() != p.classes {
		return errors.Errorf("scoring: counts of %d classes do not go with those of %d", other.Classes(), p.Classes())
	}
	for i, n := range other.counts {
		p.counts[i] += n
	}
	return nil
}

// Classes is the number of classes.
func (p *Pixels) Classes() int {
	if p == nil {
		return 0
	}
	return p.classes
}

// Count is how many pixels of a class were given another, or the right one.
func (p *Pixels) Count(label, predicted int) int64 {
	if min(label, predicted) < 0 || max(label, predicted) >= p.Classes() {
		return 0
	}
	return p.counts[label*p.classes+predicted]
}

// sums are the pixels of a class, those that were given it, and those for which that is right.
func (p *Pixels) sums(class int) (of, given, right int64) {
	for k := range p.classes {
		of += p.counts[class*p.classes+k]
		given += p.counts[k*p.classes+class]
	}
	return of, given, p.counts[class*p.classes+class]
}

// Accuracy is the share of pixels that were given the right class; NaN of none.
func (p *Pixels) Accuracy() float64 {
	all, right := int64(0), int64(0)
	for k := range p.Classes() {
		of, _, ok := p.sums(k)
		all, right = all+of, right+ok
	}
	return float64(right) / float64(all)
}

// ClassAccuracy is the share of each class's pixels that were given it; NaN where it has none.
func (p *Pixels) ClassAccuracy() []float64 {
	out := make([]float64, p.Classes())
	for k := range out {
		of, _, right := p.sums(k)
		out[k] = float64(right) / float64(of)
	}
	return out
}

// IoU is, for each class, the pixels that have it and were given it over those that have it or
// were given it; NaN where there are none.
func (p *Pixels) IoU() []float64 {
	out := make([]float64, p.Classes())
	for k := range out {
		of, given, right := p.sums(k)
		out[k] = float64(right) / float64(of+given-right)
	}
	return out
}

// MeanIoU is the mean of IoU over the classes that have it: those that occur or were given. NaN
// of none.
func (p *Pixels) MeanIoU() float64 {
	sum, n := 0.0, 0
	for _, v := range p.IoU() {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(n)
}
