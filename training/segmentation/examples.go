package segmentation

import (
	"cmp"
	"image"
	"image/color"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Examples is a set of pictures, whose pixels have classes, as a network sees it: a
// training.Fielded with MaskField.
type Examples struct {
	Set  *annotations.Set
	Size int // height and width of an example; 0 means 480

	// Train changes pictures at random, and leaves Size x Size pixels; see Augmentation.
	// Without, or without random numbers, the whole picture is brought into Size x Size
	// pixels, at the upper left, and what is beside it is black and does not count.
	Train annotations.Transforms

	Normalization imagenet.Normalization
}

// Augmentation is that of torchvision's reference for segmentation: the shorter side is
// brought to base times a factor from least to most, every second picture is mirrored,
// unless flip is false, and size x size pixels are cut out of it, black and of no class
// beyond its edges. The reference has 520, 0.5, 2 and 480.
func Augmentation(size, base int, least, most float64, flip bool) annotations.Transforms {
	t := annotations.Transforms{annotations.RandomSize{Least: max(int(float64(base)*least), 1), Most: max(int(float64(base)*most), 1)}}
	if flip {
		t = append(t, annotations.Flip{})
	}
	return append(t, annotations.RandomPart{Size: annotations.Size{Height: size, Width: size}})
}

// Classes are the names of what a pixel of a set may be.
func Classes(s *annotations.Set) []string {
	if len(s.Labels) > 0 {
		return s.Labels
	}
	names := []string{"background"}
	for _, c := range s.Categories {
		names = append(names, c.Name)
	}
	return names
}

// Len is that of the set.
func (e *Examples) Len() int { return e.Set.Len() }

// Shape is Size, Size, 3.
func (e *Examples) Shape() []int { return []int{e.size(), e.size(), 3} }

func (e *Examples) size() int { return cmp.Or(e.Size, 480) }

// ClassNames are Classes of the set.
func (e *Examples) ClassNames() []string { return Classes(e.Set) }

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
	s, err := open(e.Set, i)
	if err != nil {
		return 0, err
	}
	if rng == nil || e.Train == nil {
		err = e.fit(s)
	} else {
		err = e.Train.Apply(s, rng)
	}
	if err != nil {
		return 0, err
	}
	if want := (annotations.Size{Height: e.size(), Width: e.size()}); s.Size() != want || s.Labels.Size != want {
		return 0, errors.Errorf("segmentation: want transforms that leave %dx%[1]d pixels, got %v", e.size(), s.Size())
	}
	if mask := to.Ints(MaskField); mask != nil {
		for j, l := range s.Labels.Pix {
			mask[j] = int32(l)
		}
	}
	return 0, s.Picture.Write(dst, e.Normalization)
}

// open is picture i of a set with its labels, and without objects, which would only have
// to be moved along.
func open(set *annotations.Set, i int) (*annotations.Sample, error) {
	m, err := set.Open(i)
	if err != nil {
		return nil, err
	}
	p, err := imagenet.NewPicture(m)
	if err != nil {
		return nil, err
	}
	s := &annotations.Sample{Picture: p}
	if s.Labels, err = set.ReadLabels(i); err != nil {
		return nil, err
	}
	if s.Labels.Size != s.Size() {
		return nil, errors.Errorf("segmentation: picture %d of the set has %dx%d pixels, its labels %dx%d", i, s.Size().Width, s.Size().Height, s.Labels.Width, s.Labels.Height)
	}
	return s, nil
}

// fit brings the longer side to the size of an example.
func (e *Examples) fit(s *annotations.Sample) error {
	is, size := s.Size(), e.size()
	longer := max(is.Height, is.Width)
	to := annotations.Size{Height: max(is.Height*size/longer, 1), Width: max(is.Width*size/longer, 1)}
	if to != is {
		if err := s.Resize(to); err != nil {
			return err
		}
	}
	full := annotations.Size{Height: size, Width: size}
	if to == full {
		return nil
	}
	return s.Pad(full, image.Point{}, color.Black)
}

// CountPixels counts the pixels of each class of a set.
func CountPixels(s *annotations.Set) ([]int, error) {
	counts := make([]int, len(Classes(s)))
	for i := range s.Len() {
		l, err := s.ReadLabels(i)
		if err != nil {
			return nil, err
		}
		for _, v := range l.Pix {
			if int(v) < len(counts) {
				counts[v]++
			}
		}
	}
	return counts, nil
}
