package imagenet

import (
	"cmp"
	"image"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// RandomResizedCrop cuts a part of random area and aspect ratio and resizes it to
// Size x Size pixels (Szegedy et al. 2015, as torchvision has it).
type RandomResizedCrop struct {
	Size          int        // 0 means 224
	Scale         [2]float64 // least and largest share of the area; zeros mean 0.08 and 1
	Ratio         [2]float64 // least and largest width / height, before resizing; zeros mean 3/4 and 4/3
	Interpolation Interpolation
}

// Apply draws the part.
func (c RandomResizedCrop) Apply(p *Picture, rng *rand.Rand) error {
	c.Size = cmp.Or(c.Size, 224)
	if c.Scale == ([2]float64{}) {
		c.Scale = [2]float64{0.08, 1}
	}
	if c.Ratio == ([2]float64{}) {
		c.Ratio = [2]float64{3. / 4, 4. / 3}
	}
	if !(c.Scale[0] > 0 && c.Scale[0] <= c.Scale[1] && c.Scale[1] <= 1) {
		return errors.Errorf("imagenet: RandomResizedCrop: want a Scale with 0 < least <= largest <= 1, got %v", c.Scale)
	}
	if !(c.Ratio[0] > 0 && c.Ratio[0] <= c.Ratio[1] && !math.IsInf(c.Ratio[1], 0)) {
		return errors.Errorf("imagenet: RandomResizedCrop: want a Ratio with 0 < least <= largest, got %v", c.Ratio)
	}
	if err := random(c, rng); err != nil {
		return err
	}
	if err := p.Crop(c.box(p.Size(), rng)); err != nil {
		return err
	}
	return p.Resize(c.Size, c.Size, c.Interpolation)
}

// box is a part that fits, or after ten that don't the middle, as much of it as
// the ratios allow.
func (c RandomResizedCrop) box(size image.Point, rng *rand.Rand) image.Rectangle {
	// The conversions keep products from being fused: one seed, one box.
	least, most := math.Log(c.Ratio[0]), math.Log(c.Ratio[1])
	for range 10 {
		area := float64(size.X) * float64(size.Y) * (c.Scale[0] + float64(rng.Float64()*(c.Scale[1]-c.Scale[0])))
		ratio := math.Exp(least + float64(rng.Float64()*(most-least)))
		w, h := math.RoundToEven(math.Sqrt(area*ratio)), math.RoundToEven(math.Sqrt(area/ratio))
		if w >= 1 && w <= float64(size.X) && h >= 1 && h <= float64(size.Y) {
			top := rng.IntN(size.Y - int(h) + 1)
			left := rng.IntN(size.X - int(w) + 1)
			return image.Rect(left, top, left+int(w), top+int(h))
		}
	}
	w, h := float64(size.X), float64(size.Y)
	switch ratio := w / h; {
	case ratio < c.Ratio[0]:
		h = min(h, max(1, math.RoundToEven(w/c.Ratio[0])))
	case ratio > c.Ratio[1]:
		w = min(w, max(1, math.RoundToEven(h*c.Ratio[1])))
	}
	left, top := (size.X-int(w))/2, (size.Y-int(h))/2
	return image.Rect(left, top, left+int(w), top+int(h))
}
