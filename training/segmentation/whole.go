package segmentation

import (
	"cmp"
	"context"
	"image"

	"github.com/gorgonet/gorgonet/imagenet"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/pkg/errors"
)

// Whole answers and measures whole pictures, each in its own shape, as torchvision's
// reference does.
type Whole struct {
	Predictor     *networks.Predictor
	Base          int // length that the shorter side is brought to; 0 means 520
	Normalization imagenet.Normalization
}

// scores are the logits of a picture's pixels, once it is resized.
func (w Whole) scores(ctx context.Context, picture image.Image) (logits []float32, size, from image.Point, err error) {
	p, err := imagenet.NewPicture(picture)
	if err != nil {
		return nil, size, from, err
	}
	from = p.Size()
	if side := cmp.Or(w.Base, 520); side != min(from.X, from.Y) {
		if err := (imagenet.Resize{Size: side}).Apply(p, nil); err != nil {
			return nil, size, from, err
		}
	}
	size = p.Size()
	x := make([]float32, 3*size.X*size.Y)
	if err := p.Write(x, w.Normalization); err != nil {
		return nil, size, from, err
	}
	logits, err = w.Predictor.Predict(ctx, x, size.Y, size.X)
	return logits, size, from, err
}

// Find is what the pixels of a picture belong to, as a mask of its size.
func (w Whole) Find(ctx context.Context, picture image.Image) (*image.Gray, error) {
	logits, size, from, err := w.scores(ctx, picture)
	if err != nil {
		return nil, err
	}
	return found(logits, w.Predictor.Classes(), size, from), nil
}

// found is a mask of a picture whose resized one has those logits.
func found(logits []float32, classes int, size, from image.Point) *image.Gray {
	small := make([]uint8, size.X*size.Y)
	for i := range small {
		small[i] = uint8(largest(logits[i*classes : (i+1)*classes]))
	}
	mask := image.NewGray(image.Rectangle{Max: from})
	columns, rows := nearest(from.X, size.X), nearest(from.Y, size.Y)
	for y := range from.Y {
		row := small[rows[y]*size.X:]
		for x := range from.X {
			mask.Pix[y*mask.Stride+x] = row[columns[x]]
		}
	}
	return mask
}

// Measure counts what the pixels of all pictures of a source are taken for, where the
// masks are brought to the size of the resized pictures. each, unless nil, is given every
// picture with what was found.
func (w Whole) Measure(ctx context.Context, source Source, each func(i int, picture image.Image, truth, found *image.Gray) error) (*Confusion, error) {
	classes := w.Predictor.Classes()
	c := NewConfusion(classes)
	for i := range source.Len() {
		picture, mask, err := source.Scene(i)
		if err != nil {
			return nil, err
		}
		if picture.Bounds().Size() != mask.Rect.Size() {
			return nil, errors.Errorf("segmentation: picture %d has %v pixels, its mask %v", i, picture.Bounds().Size(), mask.Rect.Size())
		}
		logits, size, from, err := w.scores(ctx, picture)
		if err != nil {
			return nil, errors.WithMessagef(err, "segmentation: picture %d", i)
		}
		labels := make([]int32, size.X*size.Y)
		columns, rows := nearest(size.X, from.X), nearest(size.Y, from.Y)
		for y := range size.Y {
			row := mask.Pix[rows[y]*mask.Stride:]
			for x := range size.X {
				l := row[columns[x]]
				if labels[y*size.X+x] = int32(l); int(l) >= classes && l != Void {
					return nil, errors.Errorf("segmentation: picture %d: label %d in a network of %d classes", i, l, classes)
				}
			}
		}
		c.Count(logits, labels)
		if each != nil {
			if err := each(i, picture, mask, found(logits, classes, size, from)); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}
