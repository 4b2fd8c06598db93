package annotations

import "github.com/pkg/errors"

// Ignore is the label of pixels that count neither in training nor in testing.
const Ignore = 255

// Labels is the class of every pixel of a picture [Height Width]: a number below that of the set's
// Labels, or Ignore.
type Labels struct {
	Size
	Pix []uint8
}

// check is an error about labels that are not as many as their size says.
func (l *Labels) check() error {
	if l == nil {
		return errors.New("annotations: want labels, got nil")
	}
	if err := l.Size.check(); err != nil {
		return err
	}
	if len(l.Pix) != l.Height*l.Width {
		return errors.Errorf("annotations: want labels of %d pixels [%d %d], got %d", l.Height*l.Width, l.Height, l.Width, len(l.Pix))
	}
	return nil
}

// LabelsOf makes the labels of the masks of objects, as torchvision's reference does: 0 where
// there is no object, one more than the category where there is one, and Ignore where there are
// several. Masks must be of that size; objects without a mask leave nothing.
func LabelsOf(s Size, objects []Target) (*Labels, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	l := &Labels{s, make([]uint8, s.Height*s.Width)}
	for _, o := range objects {
		switch {
		case o.Mask == nil:
			continue
		case o.Mask.check() != nil || o.Mask.Size != s:
			return nil, errors.Errorf("annotations: a mask of %dx%d is not of a picture of %dx%d", o.Mask.Width, o.Mask.Height, s.Width, s.Height)
		case o.Category < 0 || o.Category+1 >= Ignore:
			return nil, errors.Errorf("annotations: category %d has no label below %d", o.Category, Ignore)
		}
		label := uint8(o.Category + 1)
		o.Mask.each(func(x, y0, y1 int) {
			for i := y0*s.Width + x; i < y1*s.Width; i += s.Width {
				if l.Pix[i] != 0 {
					l.Pix[i] = Ignore
				} else {
					l.Pix[i] = label
				}
			}
		})
	}
	return l, nil
}
