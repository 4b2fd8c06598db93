package segmentation

import (
	"cmp"
	"context"
	"image"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training/scoring"
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

// Find is what the pixels of a picture belong to.
func (w Whole) Find(ctx context.Context, picture image.Image) (*annotations.Labels, error) {
	logits, size, from, err := w.scores(ctx, picture)
	if err != nil {
		return nil, err
	}
	return found(logits, w.Predictor.Classes(), size).of(from), nil
}

// mask is labels that are brought to another size by the nearest pixel, as Pillow does.
type mask annotations.Labels

// found is the mask of logits.
func found(logits []float32, classes int, size image.Point) *mask {
	return &mask{Size: annotations.Size{Height: size.Y, Width: size.X}, Pix: pixels(logits, classes)}
}

// of is the mask at another size.
func (m *mask) of(size image.Point) *annotations.Labels {
	out := &annotations.Labels{Size: annotations.Size{Height: size.Y, Width: size.X}, Pix: make([]uint8, size.X*size.Y)}
	columns, rows := nearest(size.X, m.Width), nearest(size.Y, m.Height)
	for y, from := range rows {
		row, to := m.Pix[from*m.Width:], out.Pix[y*size.X:]
		for x, at := range columns {
			to[x] = row[at]
		}
	}
	return out
}

// nearest is where each of n places of an axis that had length comes from: the middle's
// place, added up as Pillow does.
func nearest(n, length int) []int {
	from, step := make([]int, n), float64(length)/float64(n)
	at := step * 0.5
	for i := range from {
		from[i] = min(int(at), length-1)
		at += step
	}
	return from
}

// Measure counts what the pixels of all pictures of a set are taken for, where the masks
// are brought to the size of the resized pictures. each, unless nil, is given every
// picture with what was found.
func (w Whole) Measure(ctx context.Context, set *annotations.Set, each func(i int, picture image.Image, truth, found *annotations.Labels) error) (*scoring.Pixels, error) {
	classes := w.Predictor.Classes()
	c, err := scoring.NewPixels(classes)
	if err != nil {
		return nil, err
	}
	for i := range set.Len() {
		s, err := open(set, i)
		if err != nil {
			return nil, err
		}
		picture, err := s.Picture.Image()
		if err != nil {
			return nil, err
		}
		logits, size, from, err := w.scores(ctx, picture)
		if err != nil {
			return nil, errors.WithMessagef(err, "segmentation: picture %d", i)
		}
		answer, truth := found(logits, classes, size), (*mask)(s.Labels).of(size)
		for _, l := range truth.Pix {
			if int(l) >= classes && l != Void {
				return nil, errors.Errorf("segmentation: picture %d: label %d in a network of %d classes", i, l, classes)
			}
		}
		if err := c.Add(truth.Pix, answer.Pix); err != nil {
			return nil, err
		}
		if each != nil {
			if err := each(i, picture, s.Labels, answer.of(from)); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}
