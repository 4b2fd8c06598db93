package segmentation

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training/scoring"
)

// pixels are what the logits [pixels classes] are for: of each pixel the class of the
// largest, the first of equals.
func pixels(logits []float32, classes int) []uint8 {
	best := make([]uint8, len(logits)/classes)
	graph.Parallel(len(best), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			best[i] = uint8(largest(logits[i*classes : (i+1)*classes]))
		}
	})
	return best
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

// counts are of so many classes, of which Task.fits and NewPredictor allow no others.
func counts(classes int) *scoring.Pixels {
	p, _ := scoring.NewPixels(classes)
	return p
}
