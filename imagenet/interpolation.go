package imagenet

import (
	"math"

	"github.com/pkg/errors"
)

// Interpolation is how pixels are computed in resizing. Both kinds widen as a
// picture shrinks, so that every pixel of it counts, as in Pillow (torchvision
// calls that antialiasing).
type Interpolation int

const (
	// Bilinear weighs pixels by a triangle.
	Bilinear Interpolation = iota
	// Bicubic weighs pixels by the Catmull-Rom spline.
	Bicubic
)

// String is bilinear or bicubic.
func (i Interpolation) String() string {
	if i == Bicubic {
		return "bicubic"
	}
	return "bilinear"
}

// ParseInterpolation reads bilinear or bicubic.
func ParseInterpolation(s string) (Interpolation, error) {
	for _, i := range []Interpolation{Bilinear, Bicubic} {
		if i.String() == s {
			return i, nil
		}
	}
	return 0, errors.Errorf("imagenet: unknown interpolation %q; there are bilinear and bicubic", s)
}

// check says so if there is no such interpolation.
func (i Interpolation) check() error {
	if i != Bilinear && i != Bicubic {
		return errors.Errorf("imagenet: unknown interpolation %d", int(i))
	}
	return nil
}

// reach is how far away a pixel may be to count.
func (i Interpolation) reach() float64 {
	if i == Bicubic {
		return 2
	}
	return 1
}

// weight is how much a pixel counts at a distance.
func (i Interpolation) weight(x float64) float64 {
	x = math.Abs(x)
	// The conversions keep products from being fused.
	switch {
	case x >= i.reach():
		return 0
	case i == Bilinear:
		return 1 - x
	case x < 1:
		return float64(float64((float64(1.5*x)-2.5)*x)*x) + 1
	}
	return float64((float64((2.5-x/2)*x)-4)*x) + 2
}
