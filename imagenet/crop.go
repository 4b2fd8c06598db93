package imagenet

import (
	"image"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// CenterCrop keeps the middle Size x Size pixels, 0 meaning 224. It is an error
// if the picture is smaller, here and with RandomCrop and TenCrop.
type CenterCrop struct{ Size int }

// Apply draws nothing.
func (c CenterCrop) Apply(p *Picture, _ *rand.Rand) error {
	side, err := square("CenterCrop", c.Size, p)
	if err != nil {
		return err
	}
	return p.Crop(center(p.Size(), side))
}

// RandomCrop keeps Size x Size pixels, 0 meaning 224; all places are equally
// likely.
type RandomCrop struct{ Size int }

// Apply draws the row and then the column.
func (c RandomCrop) Apply(p *Picture, rng *rand.Rand) error {
	side, err := square("RandomCrop", c.Size, p)
	if err != nil {
		return err
	}
	if err := random(c, rng); err != nil {
		return err
	}
	size := p.Size()
	top := rng.IntN(size.Y - side + 1)
	left := rng.IntN(size.X - side + 1)
	return p.Crop(image.Rect(left, top, left+side, top+side))
}

// RandomFlip mirrors left and right every second time.
type RandomFlip struct{}

// Apply draws one word.
func (f RandomFlip) Apply(p *Picture, rng *rand.Rand) error {
	if err := random(f, rng); err != nil {
		return err
	}
	if p == nil {
		return errNoPicture
	}
	if rng.Uint64()&1 == 1 {
		p.Flip()
	}
	return nil
}

// TenCrop cuts size x size pixels, 0 meaning 224, from the upper left, upper
// right, lower left and lower right corner and the middle of the picture and then
// of its mirror image, in this order: section 3.4, "10-crop testing", in the
// order of torchvision. The ten share p's pixels.
func TenCrop(p *Picture, size int) ([]*Picture, error) {
	if p == nil {
		return nil, errNoPicture
	}
	side, err := square("TenCrop", size, p)
	if err != nil {
		return nil, err
	}
	if _, err := p.flush(); err != nil { // once, not ten times
		return nil, err
	}
	s := p.Size()
	var crops []*Picture
	for _, flip := range []bool{false, true} {
		for _, r := range []image.Rectangle{
			image.Rect(0, 0, side, side),
			image.Rect(s.X-side, 0, s.X, side),
			image.Rect(0, s.Y-side, side, s.Y),
			image.Rect(s.X-side, s.Y-side, s.X, s.Y),
			center(s, side),
		} {
			c := *p
			if flip {
				c.Flip()
			}
			if err := c.Crop(r); err != nil {
				return nil, err
			}
			crops = append(crops, &c)
		}
	}
	return crops, nil
}

// square is the side of a cut, which must fit into the picture.
func square(name string, side int, p *Picture) (int, error) {
	if side == 0 {
		side = 224
	}
	if s := p.Size(); side < 1 || side > min(s.X, s.Y) {
		return 0, errors.Errorf("imagenet: %s: want a cut of %dx%d from a picture no smaller, got one of %dx%d", name, side, side, s.X, s.Y)
	}
	return side, nil
}

// center is the middle of a picture.
func center(size image.Point, side int) image.Rectangle {
	left, top := offset(size.X, side), offset(size.Y, side)
	return image.Rect(left, top, left+side, top+side)
}

// offset is where a cut of the given length from the middle begins; halves go to
// the even number, as in Python.
func offset(length, cut int) int { return int(math.RoundToEven(float64(length-cut) / 2)) }
