package imagenet

import (
	"cmp"
	"image"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// View is one way of showing a picture to a network.
type View struct {
	Pixels        []float32 // [Height Width 3], normalised
	Height, Width int
}

// Protocol is how a picture is shown in testing. The scores of a network for its
// views, averaged (see scoring.Average), are the network's scores for the picture.
type Protocol interface {
	Views(m image.Image) ([]View, error)
}

// Views is the protocol of one view, the middle of the picture ("1-crop").
func (p Preprocessing) Views(m image.Image) ([]View, error) {
	return p.views(m, func(x *Picture) ([]*Picture, error) { return []*Picture{x}, CenterCrop{p.Crop}.Apply(x, nil) })
}

// TenCropTest is the protocol of the paper's tables 2 and 3: of the picture
// resized as Preprocessing says, the ten views of TenCrop in their order.
type TenCropTest struct{ Preprocessing Preprocessing }

// Views returns ten views of Crop x Crop pixels.
func (t TenCropTest) Views(m image.Image) ([]View, error) {
	return t.Preprocessing.views(m, func(x *Picture) ([]*Picture, error) { return TenCrop(x, t.Preprocessing.Crop) })
}

// views resizes the picture and writes what cut makes of it.
func (p Preprocessing) views(m image.Image, cut func(*Picture) ([]*Picture, error)) ([]View, error) {
	p, err := p.resolve()
	if err != nil {
		return nil, err
	}
	x, err := NewPicture(m)
	if err != nil {
		return nil, err
	}
	if err := (Resize{p.Resize, p.Interpolation}).Apply(x, nil); err != nil {
		return nil, err
	}
	cuts, err := cut(x)
	if err != nil {
		return nil, err
	}
	return write(cuts, p.normalization())
}

// FullTest is the protocol of the paper's tables 4 and 5, section 3.4: the network
// runs over the whole picture, at several sizes, and its scores are averaged over
// places too. Such a network is fully convolutional.
type FullTest struct {
	Sides         []int // lengths of the shorter side; nil means 224, 256, 384, 480 and 640
	Flip          bool  // each size is followed by its mirror image
	Interpolation Interpolation
	Normalization Normalization
}

// Views returns the picture in every size; the longer side follows.
func (t FullTest) Views(m image.Image) ([]View, error) {
	sides := t.Sides
	if sides == nil {
		sides = []int{224, 256, 384, 480, 640}
	}
	whole, err := NewPicture(m)
	if err != nil {
		return nil, err
	}
	var pictures []*Picture
	for _, side := range sides {
		x := *whole
		if err := (Resize{cmp.Or(side, -1), t.Interpolation}).Apply(&x, nil); err != nil {
			return nil, err
		}
		if _, err := x.flush(); err != nil {
			return nil, err
		}
		pictures = append(pictures, &x)
		if t.Flip {
			mirrored := x
			mirrored.Flip()
			pictures = append(pictures, &mirrored)
		}
	}
	if len(pictures) == 0 {
		return nil, errors.New("imagenet: FullTest: want at least one of Sides")
	}
	return write(pictures, t.Normalization)
}

// write makes views of pictures.
func write(pictures []*Picture, n Normalization) ([]View, error) {
	views := make([]View, len(pictures))
	for i, p := range pictures {
		size := p.Size()
		views[i] = View{make([]float32, 3*size.X*size.Y), size.Y, size.X}
		if err := p.Write(views[i].Pixels, n); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// Views returns the views and the label of example i. Nothing takes the place of
// a picture that cannot be read, which would falsify a test: that is an error,
// and counted among the Unreadable.
func (e *Examples) Views(i int, p Protocol) (views []View, label int32, err error) {
	src, err := e.Set.open(i)
	if err == nil {
		if views, err = viewsOf(src, p); err != nil {
			err = errors.WithMessage(err, printable.Name(e.Set.Path(i)))
		}
	}
	if err != nil {
		if i >= 0 && i < e.Len() {
			e.skip(i, err)
		}
		return nil, 0, err
	}
	e.look(i, src)
	return views, e.Set.Files[i].Label, nil
}

func viewsOf(src source, p Protocol) ([]View, error) {
	m, err := pixels(src)
	if err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	return p.Views(m)
}
