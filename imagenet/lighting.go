package imagenet

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Lighting is the colour augmentation of section 3.4, from Krizhevsky et al.
// 2012, section 4.1: to every pixel of a picture the same sum of the principal
// components of ImageNet's colours is added, each times its eigenvalue times a
// normal random number. The sum is added after all other transforms, wherever it
// stands among them, and nothing is clipped or rounded.
type Lighting struct {
	Deviation float64 // of the random numbers; 0 means 0.1
}

// The principal components of red, green and blue over ImageNet's training
// pictures, in units of x/255, as everyone has used them since fb.resnet.torch:
// eigenvalues, and eigenvectors in columns.
var (
	eigenvalues  = [3]float64{0.2175, 0.0188, 0.0045}
	eigenvectors = [3][3]float64{
		{-0.5675, 0.7192, 0.4009},
		{-0.5808, -0.0045, -0.8140},
		{-0.5836, -0.6948, 0.4203},
	}
)

// Apply draws three numbers.
func (l Lighting) Apply(p *Picture, rng *rand.Rand) error {
	if l.Deviation == 0 {
		l.Deviation = 0.1
	}
	if !(l.Deviation > 0) || math.IsInf(l.Deviation, 0) {
		return errors.Errorf("imagenet: Lighting: want a positive Deviation, got %v", l.Deviation)
	}
	if err := random(l, rng); err != nil {
		return err
	}
	if p == nil {
		return errNoPicture
	}
	for k, value := range eigenvalues {
		weight := value * rng.NormFloat64() * l.Deviation
		for c := range p.light {
			p.light[c] += float32(eigenvectors[c][k] * weight)
		}
	}
	return nil
}
