package annotations

import (
	"image"
	"image/color"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// RandomSize resizes so that the shorter side has a length of Least to Most, all equally
// likely: the reference's for segmentation, where zeros mean 260 and 1040, half to twice its
// 520.
type RandomSize struct{ Least, Most int }

// Apply draws one number.
func (r RandomSize) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	if r.Least == 0 && r.Most == 0 {
		r.Least, r.Most = 260, 1040
	}
	if r.Least < 1 || r.Most < r.Least {
		return errors.Errorf("annotations: RandomSize: want lengths from 1 on, got %d to %d", r.Least, r.Most)
	}
	from, side := s.Size(), r.Least+rng.IntN(r.Most-r.Least+1)
	to := Size{side, side * from.Width / from.Height}
	if from.Width < from.Height {
		to = Size{side * from.Height / from.Width, side}
	}
	return s.Resize(Size{max(1, to.Height), max(1, to.Width)})
}

// RandomPart cuts Size at a place of which all are equally likely; a smaller picture is first
// filled up at the right and below, its labels with Ignore. It is the reference's RandomCrop
// for segmentation, where the zero Size means 480x480.
type RandomPart struct {
	Size Size
	Fill color.Color // nil means black
}

// Apply draws the row and then the column.
func (r RandomPart) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	if r.Size == (Size{}) {
		r.Size = Size{480, 480}
	}
	if err := r.Size.check(); err != nil {
		return errors.Wrap(err, "annotations: RandomPart")
	}
	from := s.Size()
	if full := (Size{max(from.Height, r.Size.Height), max(from.Width, r.Size.Width)}); full != from {
		if err := s.Pad(full, image.Point{}, r.Fill); err != nil {
			return err
		}
		from = full
	}
	y, x := rng.IntN(from.Height-r.Size.Height+1), rng.IntN(from.Width-r.Size.Width+1)
	return s.Crop(image.Rect(x, y, x+r.Size.Width, y+r.Size.Height))
}

// RandomIoUCrop cuts a part with an object in it, as SSD does: it draws how much of an object's
// box and the part must be shared (IoU of 0, 0.1, 0.3, 0.5, 0.7, 0.9, or the picture stays as
// it is), and tries parts of 0.3 to 1 of each side, at most twice as long as wide. Objects
// whose centre is outside go. It is torchvision's transform of that name.
type RandomIoUCrop struct{}

var overlaps = [...]float32{0, 0.1, 0.3, 0.5, 0.7, 0.9, 1}

// Apply draws an overlap, and four numbers for each of up to forty parts, until one does.
func (RandomIoUCrop) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	if len(s.Objects) == 0 {
		return nil // no part would do
	}
	size := s.Size()
	for {
		least := overlaps[rng.IntN(len(overlaps))]
		if least >= 1 {
			return nil
		}
		for range 40 {
			w := int(float64(size.Width) * (0.3 + float64(0.7*rng.Float64())))
			h := int(float64(size.Height) * (0.3 + float64(0.7*rng.Float64())))
			across, down := rng.Float64(), rng.Float64()
			if w < 1 || h < 1 || 2*w < h || w > 2*h {
				continue
			}
			x, y := int(float64(size.Width-w)*across), int(float64(size.Height-h)*down)
			part := image.Rect(x, y, x+w, y+h)
			kept, most := centred(s.Objects, part)
			if len(kept) == 0 || most < least {
				continue
			}
			s.Objects = kept
			return s.Crop(part)
		}
	}
}

// centred are the objects whose centre is in a part, and the largest IoU of one with it.
func centred(objects []Target, part image.Rectangle) (kept []Target, most float32) {
	p := Corners{float32(part.Min.X), float32(part.Min.Y), float32(part.Max.X), float32(part.Max.Y)}
	area := p.area()
	for _, o := range objects {
		b := o.Box
		x, y := 0.5*(b[0]+b[2]), 0.5*(b[1]+b[3])
		if !(p[0] < x && x < p[2] && p[1] < y && y < p[3]) {
			continue
		}
		kept = append(kept, o)
		shared := float32(max(0, min(b[2], p[2])-max(b[0], p[0])) * max(0, min(b[3], p[3])-max(b[1], p[1])))
		most = max(most, shared/(b.area()+area-shared))
	}
	return kept, most
}

// area is rounded, so that the product is fused with nothing.
func (c Corners) area() float32 { return float32((c[2] - c[0]) * (c[3] - c[1])) }
