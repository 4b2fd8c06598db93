package imagenet

import (
	"github.com/pkg/errors"
	"golang.org/x/image/draw"
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

func (i Interpolation) kernel() (*draw.Kernel, error) {
	switch i {
	case Bilinear:
		return draw.BiLinear, nil
	case Bicubic:
		return draw.CatmullRom, nil
	}
	return nil, errors.Errorf("imagenet: unknown interpolation %d", int(i))
}
