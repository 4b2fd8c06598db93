package segmentation

import (
	"cmp"
	"image"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Source is pictures with a mask each. Its methods may be called from many goroutines at
// once.
type Source interface {
	Len() int
	Classes() []string // names in the order of their numbers

	// Scene is picture i and its mask of the same size: the number of a class for every
	// pixel, or Void.
	Scene(i int) (picture image.Image, mask *image.Gray, err error)
}

// Examples is a Source as a network sees it: a training.Fielded with MaskField. With
// random numbers it has the augmentation of torchvision's reference for segmentation: the
// shorter side is brought to Base times a factor of Scale, every second picture is
// mirrored, and Size x Size pixels are cut out of it, black and Void beyond its edges.
// Without, the whole picture is brought into Size x Size pixels, at the upper left, and
// what is beside it is Void.
type Examples struct {
	Source        Source
	Size          int        // height and width of an example; 0 means 480
	Base          int        // 0 means 13/12 of Size: 520 for 480
	Scale         [2]float64 // least and largest; zeros mean 0.5 and 2
	NoFlip        bool       // where left and right are not alike
	Normalization imagenet.Normalization
}

// Len is that of the source.
func (e *Examples) Len() int { return e.Source.Len() }

// Shape is Size, Size, 3.
func (e *Examples) Shape() []int { return []int{e.size(), e.size(), 3} }

func (e *Examples) size() int { return cmp.Or(e.Size, 480) }

// ClassNames are those of the source.
func (e *Examples) ClassNames() []string { return e.Source.Classes() }

// Normalized are mean and deviation, in units of x/255.
func (e *Examples) Normalized() (mean, deviation []float32) {
	n := e.Normalization
	if n.Deviation == ([3]float32{}) {
		n.Mean, n.Deviation = imagenet.Mean, imagenet.Deviation
	}
	return n.Mean[:], n.Deviation[:]
}

// Fields is MaskField.
func (e *Examples) Fields() []training.Field {
	return []training.Field{{Name: MaskField, Shape: []int{e.size(), e.size()}, Integer: true}}
}

// Example is a picture without its mask.
func (e *Examples) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	return e.ExampleFields(i, rng, dst, training.Fields{})
}

// ExampleFields writes a picture and its mask. There is no label: it is 0.
func (e *Examples) ExampleFields(i int, rng *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	picture, mask, err := e.Source.Scene(i)
	if err != nil {
		return 0, err
	}
	if picture.Bounds().Size() != mask.Rect.Size() {
		return 0, errors.Errorf("segmentation: picture %d has %v pixels, its mask %v", i, picture.Bounds().Size(), mask.Rect.Size())
	}
	p, err := imagenet.NewPicture(picture)
	if err != nil {
		return 0, err
	}
	from := p.Size()
	fill := [3]float32{} // what padding of a batch is in torchvision
	var at image.Point
	mirrored := false
	if rng == nil {
		err = e.fit(p)
	} else {
		mean, deviation := e.Normalized()
		for c := range fill {
			fill[c] = -mean[c] / deviation[c] // black
		}
		at, mirrored, err = e.augment(p, rng)
	}
	if err != nil {
		return 0, err
	}
	scaled := p.Size()
	seen := image.Rectangle{at, at.Add(image.Pt(e.size(), e.size()))}.Intersect(image.Rectangle{Max: scaled})
	if err := p.Crop(seen); err != nil {
		return 0, err
	}
	if err := e.write(dst, p, fill); err != nil {
		return 0, err
	}
	if labels := to.Ints(MaskField); labels != nil {
		e.mask(labels, mask, seen, nearest(scaled.X, from.X), nearest(scaled.Y, from.Y), mirrored)
	}
	return 0, nil
}

// augment scales and mirrors a picture, and says where it is to be cut.
func (e *Examples) augment(p *imagenet.Picture, rng *rand.Rand) (at image.Point, mirrored bool, err error) {
	base, scale, size := cmp.Or(e.Base, 13*e.size()/12), e.Scale, e.size()
	if scale == ([2]float64{}) {
		scale = [2]float64{0.5, 2}
	}
	resize := imagenet.RandomResize{Min: max(int(float64(base)*scale[0]), 1), Max: max(int(float64(base)*scale[1]), 1)}
	if err := resize.Apply(p, rng); err != nil {
		return at, false, err
	}
	if mirrored = rng.IntN(2) == 1 && !e.NoFlip; mirrored {
		p.Flip()
	}
	is := p.Size()
	at.Y = rng.IntN(max(is.Y-size, 0) + 1)
	at.X = rng.IntN(max(is.X-size, 0) + 1)
	return at, mirrored, nil
}

// fit brings the longer side to the size of an example.
func (e *Examples) fit(p *imagenet.Picture) error {
	is, size := p.Size(), e.size()
	longer := max(is.X, is.Y)
	w, h := max(is.X*size/longer, 1), max(is.Y*size/longer, 1)
	if w == is.X && h == is.Y {
		return nil
	}
	return p.Resize(w, h, imagenet.Bilinear)
}

// write writes a picture to the upper left of an example.
func (e *Examples) write(dst []float32, p *imagenet.Picture, fill [3]float32) error {
	is, size := p.Size(), e.size()
	if is == image.Pt(size, size) {
		return p.Write(dst, e.Normalization)
	}
	pixels := make([]float32, 3*is.X*is.Y)
	if err := p.Write(pixels, e.Normalization); err != nil {
		return err
	}
	for i := 0; i < len(dst); i += 3 {
		copy(dst[i:i+3], fill[:])
	}
	for y := range is.Y {
		copy(dst[3*y*size:], pixels[3*y*is.X:3*(y+1)*is.X])
	}
	return nil
}

// mask writes the part of a mask that is seen, which rows and columns come from.
func (e *Examples) mask(labels []int32, mask *image.Gray, seen image.Rectangle, columns, rows []int, mirrored bool) {
	for i := range labels {
		labels[i] = Void
	}
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		row := mask.Pix[rows[y]*mask.Stride:]
		to := labels[(y-seen.Min.Y)*e.size():]
		for x := seen.Min.X; x < seen.Max.X; x++ {
			from := columns[x]
			if mirrored {
				from = columns[len(columns)-1-x]
			}
			to[x-seen.Min.X] = int32(row[from])
		}
	}
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
