package annotations

import (
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// Sample is a picture and what is in it, on their way to a network.
type Sample struct {
	Picture *imagenet.Picture
	Objects []Target
	Labels  *Labels // the class of every pixel, or nil
}

// Target is an object as a network learns it.
type Target struct {
	Box      Corners // within the picture, of some area
	Category int     // index in the set's Categories
	Mask     *RLE    // of the picture's size, or nil
	Object   int     // index in the picture's Objects
}

// check is an error about a sample without a picture, or masks and labels of another size.
func (s *Sample) check() error {
	if s == nil || s.Picture == nil {
		return errors.New("annotations: a sample has no picture")
	}
	size := s.Size()
	if err := size.check(); err != nil {
		return err
	}
	for i, o := range s.Objects {
		if o.Mask != nil && (o.Mask.check() != nil || o.Mask.Size != size) {
			return errors.Errorf("annotations: the mask of object %d is not of the picture's %dx%d pixels", i, size.Width, size.Height)
		}
	}
	if s.Labels != nil && (s.Labels.check() != nil || s.Labels.Size != size) {
		return errors.Errorf("annotations: the labels are not of the picture's %dx%d pixels", size.Width, size.Height)
	}
	return nil
}

// Size is the size of the picture, zeros where there is none.
func (s *Sample) Size() Size {
	if s == nil || s.Picture == nil {
		return Size{}
	}
	size := s.Picture.Size()
	return Size{size.Y, size.X}
}

// Sample reads picture i and its objects, as torchvision's reference does: without crowds,
// their boxes cut at the edges of the picture, and without those that have no area then. Labels
// are those of the picture's LabelFile, if it has one; ReadLabels makes them of the masks of
// objects.
func (s *Set) Sample(i int) (*Sample, error) {
	m, err := s.Open(i)
	if err != nil {
		return nil, err
	}
	p, err := imagenet.NewPicture(m)
	if err != nil {
		return nil, err
	}
	out := &Sample{Picture: p}
	if out.Objects, err = s.targets(i, out.Size()); err != nil {
		return nil, errors.Wrapf(err, "annotations: picture %d", s.Pictures[i].ID)
	}
	if s.Pictures[i].LabelFile != "" {
		if out.Labels, err = s.ReadLabels(i); err != nil {
			return nil, err
		}
		if out.Labels.Size != out.Size() {
			return nil, errors.Errorf("annotations: picture %d has %dx%d pixels, its labels %dx%d", s.Pictures[i].ID, out.Size().Width, out.Size().Height, out.Labels.Width, out.Labels.Height)
		}
	}
	return out, nil
}

func (s *Set) targets(i int, size Size) ([]Target, error) {
	masks, err := s.Masks(i)
	if err != nil {
		return nil, err
	}
	var out []Target
	for k, o := range s.Pictures[i].Objects {
		box := o.Box.Corners().Clipped(size)
		if o.Crowd || box.Empty() {
			continue
		}
		out = append(out, Target{Box: box, Category: o.Category, Mask: masks[k], Object: k})
	}
	return out, nil
}

// Masks are the masks of the objects of picture i, nil for those that have none: of their own,
// or of the picture's InstanceFile.
func (s *Set) Masks(i int) ([]*RLE, error) {
	if i < 0 || i >= s.Len() {
		return nil, errors.Errorf("annotations: want a picture from 0 to %d, got %d", s.Len()-1, i)
	}
	p := &s.Pictures[i]
	if p.InstanceFile != "" {
		return s.instances(p)
	}
	masks := make([]*RLE, len(p.Objects))
	for k, o := range p.Objects {
		var err error
		if masks[k], err = o.Mask.Runs(p.Size); err != nil {
			return nil, errors.Wrapf(err, "annotations: picture %d, annotation %d", p.ID, o.ID)
		}
	}
	return masks, nil
}
