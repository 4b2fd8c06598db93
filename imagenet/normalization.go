package imagenet

import (
	"math"

	"github.com/pkg/errors"
)

// The statistics of ImageNet's training pictures that torchvision normalises by.
var (
	Mean      = [3]float32{0.485, 0.456, 0.406}
	Deviation = [3]float32{0.229, 0.224, 0.225}
)

// Normalization maps a byte x of red, green or blue to (x/255 - Mean) / Deviation.
// A zero Deviation means ImageNet's for both.
type Normalization struct {
	Mean, Deviation [3]float32 // in units of x/255

	// Pixels [H W 3], if there are any, take the place of Mean: every pixel has a
	// mean of its own, as in the paper, and pictures must be of this size. See
	// PixelMean.
	Pixels []float32
}

// resolve fills in the defaults and checks the rest.
func (n Normalization) resolve() (Normalization, error) {
	if n.Deviation == ([3]float32{}) {
		n.Mean, n.Deviation = Mean, Deviation
	}
	for c := range n.Mean {
		if m, d := float64(n.Mean[c]), float64(n.Deviation[c]); !(d > 0) || math.IsInf(d, 0) || math.IsNaN(m) || math.IsInf(m, 0) {
			return n, errors.Errorf("imagenet: want finite means and positive deviations, got %v and %v", n.Mean, n.Deviation)
		}
	}
	if err := CheckUnit(n.Mean); err != nil {
		return n, errors.Wrap(err, "imagenet: mean")
	}
	return n, errors.Wrap(CheckUnit(n.Deviation), "imagenet: deviation")
}

// CheckUnit is an error about means or deviations that are above 1: they are of bytes
// from 0 to 255, where values from 0 to 1 are wanted, and the error says which.
func CheckUnit(v [3]float32) error {
	if !(max(v[0], v[1], v[2]) > 1) {
		return nil
	}
	return errors.Errorf("%v,%v,%v is of bytes from 0 to 255; want it of values from 0 to 1: %.4f,%.4f,%.4f", v[0], v[1], v[2], v[0]/255, v[1]/255, v[2]/255)
}

// table is what each byte of each channel becomes, under a light. With Pixels the
// mean is still to be subtracted.
func (n Normalization) table(light [3]float32) (table [3][256]float32) {
	mean := n.Mean
	if n.Pixels != nil {
		mean = [3]float32{}
	}
	for c := range table {
		for v := range table[c] {
			table[c][v] = (float32(v)/255 + light[c] - mean[c]) / n.Deviation[c]
		}
	}
	return table
}
