package detection

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Data is a set of pictures with objects as a Trainer reads it: pictures of different sizes in
// the corner of one canvas, and the fields of the Task. The class of an object is one more than
// its category's place in the set. It is made by NewData.
type Data struct {
	set    *annotations.Set
	o      DataOptions
	fields []training.Field
}

// DataOptions say how pictures become examples.
type DataOptions struct {
	Preprocessing annotations.Preprocessing // the zero value is torchvision's
	// Augment is applied before, in training.
	Augment annotations.Transforms
	// Canvas is what all pictures fit on. Zeros mean the least multiples of 32 that do, of
	// pictures that Augment does not make taller or wider than the set has them.
	Canvas annotations.Size
}

// NewData reads the set for a task.
func NewData(set *annotations.Set, t Task, o DataOptions) (*Data, error) {
	if set.Len() == 0 || t.Network == nil {
		return nil, errors.New("detection: want a set of at least one picture, and a network")
	}
	if have, want := len(set.Categories)+1, t.Network.Info().Classes; have > want {
		return nil, errors.Errorf("detection: %s has %d classes, the set has %d with the background", t.Network.Info().Name, want, have)
	}
	if o.Canvas == (annotations.Size{}) {
		for _, p := range set.Pictures {
			for _, side := range sides(o.Preprocessing) {
				s := o.Preprocessing.ResizedSize(p.Size, side)
				o.Canvas.Height, o.Canvas.Width = max(o.Canvas.Height, s.Height), max(o.Canvas.Width, s.Width)
			}
		}
		o.Canvas.Height, o.Canvas.Width = (o.Canvas.Height+31)/32*32, (o.Canvas.Width+31)/32*32
	}
	if o.Canvas.Height < 1 || o.Canvas.Width < 1 {
		return nil, errors.Errorf("detection: pictures do not fit on a canvas of %dx%d", o.Canvas.Width, o.Canvas.Height)
	}
	d := &Data{set: set, o: o}
	d.fields = t.Fields(d.Shape())
	return d, nil
}

// sides are the lengths that the shorter side may be brought to.
func sides(p annotations.Preprocessing) []int {
	if len(p.MinSides) == 0 {
		return []int{800}
	}
	return p.MinSides
}

// Len is the number of pictures.
func (d *Data) Len() int { return d.set.Len() }

// Shape is that of the canvas.
func (d *Data) Shape() []int { return []int{d.o.Canvas.Height, d.o.Canvas.Width, 3} }

// Fields are those of the task.
func (d *Data) Fields() []training.Field { return d.fields }

// Example is ExampleFields without fields.
func (d *Data) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	return d.ExampleFields(i, rng, dst, training.Fields{})
}

// ExampleFields reads picture i. Its label is 0: there is none.
func (d *Data) ExampleFields(i int, rng *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	s, err := d.set.Sample(i)
	if err != nil {
		return 0, err
	}
	if rng != nil {
		if err := d.o.Augment.Apply(s, rng); err != nil {
			return 0, err
		}
	}
	in, err := d.o.Preprocessing.Input(s, rng)
	if err != nil {
		return 0, err
	}
	if err := in.Put(dst, d.o.Canvas); err != nil {
		return 0, err
	}
	copy(to.Floats(SizesField), []float32{float32(in.Height), float32(in.Width)})
	boxes, classes, masks := to.Floats(BoxesField), to.Floats(ClassesField), to.Floats(MasksField)
	clear(boxes)
	clear(classes)
	clear(masks)
	if classes != nil && len(in.Objects) > len(classes) {
		return 0, errors.Errorf("detection: picture %d has %d objects and there is room for %d; set Task.Objects", d.set.Pictures[i].ID, len(in.Objects), len(classes))
	}
	for k, o := range in.Objects {
		if boxes != nil {
			copy(boxes[4*k:], o.Box[:])
		}
		if classes != nil {
			classes[k] = float32(o.Category + 1)
		}
		if masks == nil {
			continue
		}
		if o.Mask == nil {
			return 0, errors.Errorf("detection: picture %d has an object without a mask, which the network is to learn", d.set.Pictures[i].ID)
		}
		size := len(masks) / len(classes)
		detection.PackMask(masks[k*size:(k+1)*size], o.Mask.Decode(), in.Width, d.o.Canvas.Width)
	}
	return 0, nil
}
