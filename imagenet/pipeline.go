package imagenet

import (
	"cmp"
	"image"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Transform is a step on a picture's way to a network. Its values are settings:
// one may be used from many goroutines at once. It draws from rng and from
// nothing else, and what it draws depends on its settings and the picture's size.
type Transform interface {
	Apply(p *Picture, rng *rand.Rand) error
}

// Pipeline makes pictures the inputs of a network: the transforms, one after the
// other, and then the normalisation. The transforms must leave Size x Size pixels.
type Pipeline struct {
	Transforms    []Transform
	Size          int // height and width of an input; 0 means 224
	Normalization Normalization
}

// PaperAugmentation is the training pipeline of section 3.4 for inputs of the
// given size, 0 meaning 224: the shorter side resized to 256 to 480 pixels, a
// random crop of it or of its flip, the colours of AlexNet's authors. For another
// size the range of the shorter side changes in proportion.
func PaperAugmentation(size int) Pipeline {
	size = cmp.Or(size, 224)
	return Pipeline{Size: size, Transforms: []Transform{
		RandomResize{Min: size * 256 / 224, Max: size * 480 / 224},
		RandomCrop{size}, RandomFlip{}, Lighting{},
	}}
}

// ResizedCropAugmentation is the training pipeline of torchvision's reference
// for inputs of the given size, 0 meaning 224.
func ResizedCropAugmentation(size int) Pipeline {
	size = cmp.Or(size, 224)
	return Pipeline{Size: size, Transforms: []Transform{RandomResizedCrop{Size: size}, RandomFlip{}}}
}

// Shape is the shape [H W C] of an input: Size, Size, 3.
func (p Pipeline) Shape() []int {
	size := cmp.Or(p.Size, 224)
	return []int{size, size, 3}
}

// Apply writes the picture as an input to dst [Size Size 3]. Only a pipeline
// without random transforms may have a nil rng.
func (p Pipeline) Apply(dst []float32, picture image.Image, rng *rand.Rand) error {
	x, err := NewPicture(picture)
	if err != nil {
		return err
	}
	return p.apply(dst, x, rng)
}

func (p Pipeline) apply(dst []float32, x *Picture, rng *rand.Rand) error {
	size := cmp.Or(p.Size, 224)
	if want := 3 * size * size; len(dst) != want {
		return errors.Errorf("imagenet: want room for %d values [%d %d 3], got %d", want, size, size, len(dst))
	}
	if err := p.transform(x, rng); err != nil {
		return err
	}
	return x.Write(dst, p.Normalization)
}

// transform applies the transforms, which must leave pictures of the right size.
func (p Pipeline) transform(x *Picture, rng *rand.Rand) error {
	for i, t := range p.Transforms {
		if t == nil {
			return errors.Errorf("imagenet: transform %d is nil", i)
		}
		if err := t.Apply(x, rng); err != nil {
			return err
		}
	}
	size := cmp.Or(p.Size, 224)
	if got := x.Size(); got != image.Pt(size, size) {
		return errors.Errorf("imagenet: want transforms that leave %dx%d pixels, got %dx%d", size, size, got.X, got.Y)
	}
	return nil
}

// random says so where a transform lacks random numbers.
func random(t Transform, rng *rand.Rand) error {
	if rng == nil {
		return errors.Errorf("imagenet: %T needs random numbers, got a nil rng", t)
	}
	return nil
}
