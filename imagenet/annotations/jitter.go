package annotations

import (
	"image"
	"image/color"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// ScaleJitter resizes to fit in Target and then by a factor of Least to Most, all equally
// likely: of torchvision's reference, from Ghiasi et al. 2020, "Simple Copy-Paste". Zeros mean
// a Target of 1024x1024 and factors of 0.1 to 2, its large-scale jitter; the usual one is 0.8
// to 1.25.
type ScaleJitter struct {
	Target      Size
	Least, Most float64
}

// Apply draws one number.
func (j ScaleJitter) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	if j.Target == (Size{}) {
		j.Target = Size{1024, 1024}
	}
	if j.Least == 0 && j.Most == 0 {
		j.Least, j.Most = 0.1, 2
	}
	if !(j.Least > 0 && j.Most >= j.Least) || j.Target.check() != nil {
		return errors.Errorf("annotations: ScaleJitter: want a target and a positive range of factors, got %+v", j)
	}
	from := s.Size()
	factor := j.Least + float64(rng.Float64()*(j.Most-j.Least))
	factor *= min(float64(j.Target.Height)/float64(from.Height), float64(j.Target.Width)/float64(from.Width))
	return s.Resize(Size{max(1, int(float64(from.Height)*factor)), max(1, int(float64(from.Width)*factor))})
}

// FixedSize cuts a part of at most Size at a random place and fills up to Size at the right and
// below: torchvision's FixedSizeCrop. After ScaleJitter it is the large-scale jitter's second
// half. The zero Size means 1024x1024.
type FixedSize struct {
	Size Size
	Fill color.Color // nil means torchvision's mean colour, 123, 117, 104
}

var meanColor = color.RGBA{123, 117, 104, 255}

// Apply draws one number, where there is something to cut.
func (f FixedSize) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	if f.Size == (Size{}) {
		f.Size = Size{1024, 1024}
	}
	if f.Fill == nil {
		f.Fill = meanColor
	}
	if err := f.Size.check(); err != nil {
		return errors.Wrap(err, "annotations: FixedSize")
	}
	from := s.Size()
	if left := (Size{min(from.Height, f.Size.Height), min(from.Width, f.Size.Width)}); left != from {
		// One number for both: as torchvision has it.
		at := rng.Float64()
		x, y := int(float64(from.Width-left.Width)*at), int(float64(from.Height-left.Height)*at)
		if err := s.Crop(image.Rect(x, y, x+left.Width, y+left.Height)); err != nil {
			return err
		}
	}
	if s.Size() == f.Size {
		return nil
	}
	return s.Pad(f.Size, image.Point{}, f.Fill)
}

// LargeScaleJitter is the augmentation of that name for pictures of one size, 0 meaning 1024:
// ScaleJitter, FixedSize and Flip.
func LargeScaleJitter(side int) Transforms {
	if side == 0 {
		side = 1024
	}
	return Transforms{ScaleJitter{Target: Size{side, side}}, FixedSize{Size: Size{side, side}}, Flip{}}
}

// PhotometricDistortion changes brightness, contrast, saturation and hue, and the order of the
// channels, each with Probability, 0 meaning 0.5: torchvision's RandomPhotometricDistort, from
// Liu et al. 2016, "SSD".
type PhotometricDistortion struct{ Probability float64 }

// Apply draws seven numbers and those of the changes that are made.
func (d PhotometricDistortion) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	p := d.Probability
	if p == 0 {
		p = 0.5
	}
	var r [7]float64
	for i := range r {
		r[i] = rng.Float64()
	}
	contrast := imagenet.ColorJitter{Contrast: 0.5}
	early := r[1] < 0.5
	steps := []struct {
		apply  bool
		change imagenet.ColorJitter
	}{
		{r[0] < p, imagenet.ColorJitter{Brightness: 0.125}},
		{early && r[2] < p, contrast},
		{r[3] < p, imagenet.ColorJitter{Saturation: 0.5}},
		{r[4] < p, imagenet.ColorJitter{Hue: 0.05}},
		{!early && r[5] < p, contrast},
	}
	for _, step := range steps {
		if step.apply {
			if err := step.change.Apply(s.Picture, rng); err != nil {
				return err
			}
		}
	}
	if r[6] >= p {
		return nil
	}
	m, err := s.Picture.Image()
	if err != nil {
		return err
	}
	order := rng.Perm(3)
	out := image.NewRGBA(m.Rect)
	for i := 0; i < len(m.Pix); i += 4 {
		for c, from := range order {
			out.Pix[i+c] = m.Pix[i+from]
		}
		out.Pix[i+3] = 255
	}
	s.Picture, err = imagenet.NewPicture(out)
	return err
}
