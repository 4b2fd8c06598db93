package imagenet

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Resize brings the shorter side to Size pixels, 0 meaning 256. The longer one
// follows, rounded down, as in torchvision.
type Resize struct {
	Size          int
	Interpolation Interpolation
}

// Apply draws nothing.
func (r Resize) Apply(p *Picture, _ *rand.Rand) error {
	side := r.Size
	if side == 0 {
		side = 256
	}
	if side < 1 || side > maxSide {
		return errors.Errorf("imagenet: Resize: want a shorter side of 1 to %d pixels, got %d", maxSide, side)
	}
	size := p.Size()
	shorter := int64(min(size.X, size.Y))
	if shorter < 1 {
		return errNoPicture
	}
	w, h := int64(side)*int64(size.X)/shorter, int64(side)*int64(size.Y)/shorter
	if max(w, h) > maxSide {
		return errors.Errorf("imagenet: a picture of %dx%d is too long and thin to be resized to %dx%d; cut it first", size.X, size.Y, w, h)
	}
	return p.Resize(int(w), int(h), r.Interpolation)
}

// RandomResize brings the shorter side to a length from Min to Max, all equally
// likely: the scale augmentation of section 3.4. Zeros mean its 256 and 480.
type RandomResize struct {
	Min, Max      int
	Interpolation Interpolation
}

// Apply draws the length.
func (r RandomResize) Apply(p *Picture, rng *rand.Rand) error {
	if r.Min == 0 && r.Max == 0 {
		r.Min, r.Max = 256, 480
	}
	if r.Min < 1 || r.Max < r.Min || r.Max > maxSide {
		return errors.Errorf("imagenet: RandomResize: want 1 <= Min <= Max <= %d, got %d and %d", maxSide, r.Min, r.Max)
	}
	if err := random(r, rng); err != nil {
		return err
	}
	return Resize{r.Min + rng.IntN(r.Max-r.Min+1), r.Interpolation}.Apply(p, nil)
}
