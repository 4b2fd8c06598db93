package annotations

import (
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// Transform is a step of augmentation. It changes a sample, its objects and its labels
// together, and draws from rng and nothing else: one seed, the same samples. Its values are
// settings: one may be used from many goroutines at once.
type Transform interface {
	Apply(s *Sample, rng *rand.Rand) error
}

// Transforms are steps one after the other.
type Transforms []Transform

// Apply runs the steps.
func (t Transforms) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	for i, step := range t {
		if step == nil {
			return errors.Errorf("annotations: step %d of the augmentation is nil", i)
		}
		if err := step.Apply(s, rng); err != nil {
			return err
		}
	}
	return nil
}

// ready is an error where a sample is not whole, or there are no random numbers to draw.
func ready(s *Sample, rng *rand.Rand) error {
	if rng == nil {
		return errors.New("annotations: augmentation wants random numbers, got none")
	}
	return s.check()
}

// Flip mirrors left and right with Probability; 0 means 0.5.
type Flip struct{ Probability float64 }

// Apply draws one number.
func (f Flip) Apply(s *Sample, rng *rand.Rand) error {
	if err := ready(s, rng); err != nil {
		return err
	}
	p := f.Probability
	if p == 0 {
		p = 0.5
	}
	if rng.Float64() < p {
		return s.Flip()
	}
	return nil
}

// Flip mirrors the sample left and right.
func (s *Sample) Flip() error {
	if err := s.check(); err != nil {
		return err
	}
	s.Picture.Flip()
	width := float32(s.Size().Width)
	objects := make([]Target, len(s.Objects))
	for i, o := range s.Objects {
		objects[i] = o
		objects[i].Box[0], objects[i].Box[2] = width-o.Box[2], width-o.Box[0]
		if o.Mask != nil {
			mask, w, b := o.Mask.Decode(), o.Mask.Width, o.Mask.bounds()
			objects[i].Mask = encode(o.Mask.Size, image.Rect(w-b.Max.X, b.Min.Y, w-b.Min.X, b.Max.Y), func(x, y int) bool { return mask[(y+1)*w-1-x] != 0 })
		}
	}
	s.Objects = objects
	if l := s.Labels; l != nil {
		s.Labels = l.moved(l.Size, func(x, y int) (int, int) { return l.Width - 1 - x, y })
	}
	return nil
}

// Resize brings the sample to a size, the picture with antialiasing as Pillow does.
func (s *Sample) Resize(to Size) error {
	if err := s.check(); err != nil {
		return err
	}
	from := s.Size()
	if err := s.Picture.Resize(to.Width, to.Height, imagenet.Bilinear); err != nil {
		return err
	}
	s.Objects = scaled(s.Objects, from, to)
	if s.Labels != nil {
		s.Labels = s.Labels.Resized(to)
	}
	return nil
}

// Crop keeps a part of the sample, which must lie within it. Boxes are cut at its edges;
// objects of which nothing is left go.
func (s *Sample) Crop(r image.Rectangle) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := s.Picture.Crop(r); err != nil {
		return err
	}
	size := s.Size()
	var objects []Target
	for _, o := range s.Objects {
		x, y := float32(r.Min.X), float32(r.Min.Y)
		o.Box = Corners{o.Box[0] - x, o.Box[1] - y, o.Box[2] - x, o.Box[3] - y}.Clipped(size)
		if o.Box.Empty() {
			continue
		}
		if o.Mask != nil {
			mask, w := o.Mask.Decode(), o.Mask.Width
			o.Mask = encode(size, o.Mask.bounds().Sub(r.Min), func(x, y int) bool { return mask[(y+r.Min.Y)*w+x+r.Min.X] != 0 })
		}
		objects = append(objects, o)
	}
	s.Objects = objects
	if l := s.Labels; l != nil {
		s.Labels = l.moved(size, func(x, y int) (int, int) { return x + r.Min.X, y + r.Min.Y })
	}
	return nil
}

// Pad puts the sample into a larger picture of one colour, nil meaning black, its upper left corner at the point.
// Labels around it are Ignore.
func (s *Sample) Pad(to Size, at image.Point, fill color.Color) error {
	if err := s.check(); err != nil {
		return err
	}
	from := s.Size()
	inside := image.Rect(at.X, at.Y, at.X+from.Width, at.Y+from.Height)
	if fill == nil {
		fill = color.Black
	}
	if err := to.check(); err != nil {
		return err
	}
	if !inside.In(image.Rect(0, 0, to.Width, to.Height)) {
		return errors.Errorf("annotations: a picture of %dx%d at %v does not go into one of %dx%d", from.Width, from.Height, at, to.Width, to.Height)
	}
	m, err := s.Picture.Image()
	if err != nil {
		return err
	}
	out := image.NewRGBA(image.Rect(0, 0, to.Width, to.Height))
	draw.Draw(out, out.Rect, image.NewUniform(fill), image.Point{}, draw.Src)
	draw.Draw(out, inside, m, m.Rect.Min, draw.Src)
	if s.Picture, err = imagenet.NewPicture(out); err != nil {
		return err
	}
	objects := make([]Target, len(s.Objects))
	for i, o := range s.Objects {
		x, y := float32(at.X), float32(at.Y)
		o.Box = Corners{o.Box[0] + x, o.Box[1] + y, o.Box[2] + x, o.Box[3] + y}
		if o.Mask != nil {
			mask, w := o.Mask.Decode(), o.Mask.Width
			o.Mask = encode(to, o.Mask.bounds().Add(at), func(x, y int) bool { return mask[(y-at.Y)*w+x-at.X] != 0 })
		}
		objects[i] = o
	}
	s.Objects = objects
	if l := s.Labels; l != nil {
		s.Labels = l.moved(to, func(x, y int) (int, int) { return x - at.X, y - at.Y })
	}
	return nil
}

// moved are labels of another size, taken from where source says; Ignore where that is outside.
func (l *Labels) moved(to Size, source func(x, y int) (int, int)) *Labels {
	out := &Labels{to, make([]uint8, to.Height*to.Width)}
	for y := range to.Height {
		for x := range to.Width {
			sx, sy := source(x, y)
			v := uint8(Ignore)
			if sx >= 0 && sy >= 0 && sx < l.Width && sy < l.Height {
				v = l.Pix[sy*l.Width+sx]
			}
			out.Pix[y*to.Width+x] = v
		}
	}
	return out
}
