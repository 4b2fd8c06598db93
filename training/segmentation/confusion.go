package segmentation

import (
	"math"
	"sync"

	"github.com/gorgonet/gorgonet/graph"
)

// Confusion counts how many pixels of each class were taken for which.
type Confusion struct {
	classes int
	mu      sync.Mutex
	counts  []int // [classes classes], the right class first
}

// NewConfusion counts for so many classes.
func NewConfusion(classes int) *Confusion {
	return &Confusion{classes: classes, counts: make([]int, classes*classes)}
}

// Classes is their number.
func (c *Confusion) Classes() int { return c.classes }

// Reset forgets all pixels.
func (c *Confusion) Reset() { clear(c.counts) }

// Of is how many pixels of a class were taken for another, or for the right one.
func (c *Confusion) Of(class, predicted int) int { return c.counts[class*c.classes+predicted] }

// Count counts pixels by their logits [pixels Classes], which are for the class of the
// largest, the first of equals. Pixels whose label is none of the classes, such as Void,
// do not count, whatever they are taken for, as in torchvision's reference.
func (c *Confusion) Count(logits []float32, labels []int32) {
	graph.Parallel(len(labels), func(lo, hi int) {
		counts := make([]int, len(c.counts))
		for i := lo; i < hi; i++ {
			if l := int(labels[i]); l >= 0 && l < c.classes {
				counts[l*c.classes+largest(logits[i*c.classes:(i+1)*c.classes])]++
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, n := range counts {
			c.counts[i] += n
		}
	})
}

// largest is the place of the largest value, the first of equals.
func largest(x []float32) (best int) {
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// IoU is the intersection over union of a class: its pixels that were found, by those
// that are of it or were taken for it; NaN where there are none. Recall is the share of
// its pixels that were found.
func (c *Confusion) IoU(class int) (iou, recall float64) {
	found := float64(c.Of(class, class))
	of, taken := 0.0, 0.0
	for other := range c.classes {
		of += float64(c.Of(class, other))
		taken += float64(c.Of(other, class))
	}
	return found / (of + taken - found), found / of // 0/0 is NaN
}

// MeanIoU is the mean of the classes' IoU. Classes of which there are no pixels, and that
// none was taken for, are left out.
func (c *Confusion) MeanIoU() float64 {
	sum, n := 0.0, 0.0
	for class := range c.classes {
		if iou, _ := c.IoU(class); !math.IsNaN(iou) {
			sum += iou
			n++
		}
	}
	return sum / n
}

// Accuracy is the share of right pixels.
func (c *Confusion) Accuracy() float64 {
	right, all := 0.0, 0.0
	for i, n := range c.counts {
		all += float64(n)
		if i/c.classes == i%c.classes {
			right += float64(n)
		}
	}
	return right / all
}
