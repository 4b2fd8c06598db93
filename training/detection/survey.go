package detection

import (
	"context"
	"slices"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/pkg/errors"
)

// FindAll finds the objects in all pictures of a set, as package coco takes them. A network's
// classes are the set's categories in their order where there are as many, and by their numbers
// otherwise, as in torchvision's networks for COCO; what is none of them is left out. Progress,
// unless nil, is called with how many pictures are done.
func (p *Predictor) FindAll(ctx context.Context, set *annotations.Set, progress func(done int)) (found []annotations.Detection, err error) {
	if p == nil || p.network == nil || ctx == nil {
		return nil, errors.New("detection: FindAll needs a predictor of NewPredictor and a context")
	}
	for i := range set.Len() {
		m, err := set.Open(i)
		if err != nil {
			return nil, err
		}
		picture, err := imagenet.NewPicture(m)
		if err != nil {
			return nil, errors.WithMessage(err, set.Path(i))
		}
		size := picture.Size()
		objects, err := p.Find(ctx, picture)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, errors.WithMessage(err, set.Path(i))
		}
		for _, o := range objects {
			category := categoryOf(set, o.Class, p.network.Info().Classes)
			if category < 0 {
				continue
			}
			d, err := o.Detection(i, category, annotations.Size{Height: size.Y, Width: size.X})
			if err != nil {
				return nil, errors.WithMessage(err, set.Path(i))
			}
			found = append(found, d)
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return found, nil
}

// categoryOf is the place of a class among the set's categories, -1 if it is none of them.
func categoryOf(set *annotations.Set, class, classes int) int {
	if len(set.Categories)+1 == classes {
		return class - 1
	}
	return slices.IndexFunc(set.Categories, func(c annotations.Category) bool { return c.ID == int64(class) })
}
