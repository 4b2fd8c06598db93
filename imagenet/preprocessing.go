package imagenet

import (
	"cmp"
	"image"

	"github.com/pkg/errors"
)

// Preprocessing is how a picture becomes the input of a network. It belongs to
// the weights: others want other numbers. The zero value is that of torchvision's
// ResNets.
type Preprocessing struct {
	// Resize is the length that the shorter side is brought to; 0 means 256.
	Resize int
	// Crop is the height and width of what is cut from the middle; 0 means 224.
	Crop int
	// Interpolation is how pixels are computed in resizing.
	Interpolation Interpolation
	// Mean and Deviation of red, green and blue, in units of the largest value
	// (x/255). A zero Deviation means ImageNet's for both.
	Mean, Deviation [3]float32
}

// resolve fills in the defaults and checks the rest.
func (p Preprocessing) resolve() (Preprocessing, error) {
	p.Resize, p.Crop = cmp.Or(p.Resize, 256), cmp.Or(p.Crop, 224)
	if p.Crop < 0 || p.Resize < p.Crop {
		return p, errors.Errorf("imagenet: want a crop of at least 1 pixel and no larger than the resized picture, got crop %d of %d", p.Crop, p.Resize)
	}
	n, err := p.normalization().resolve()
	if err != nil {
		return p, err
	}
	p.Mean, p.Deviation = n.Mean, n.Deviation
	return p, p.Interpolation.check()
}

func (p Preprocessing) normalization() Normalization {
	return Normalization{Mean: p.Mean, Deviation: p.Deviation}
}

// Shape is the shape [H W C] of a preprocessed picture: Crop, Crop, 3.
func (p Preprocessing) Shape() []int {
	crop := cmp.Or(p.Crop, 224)
	return []int{crop, crop, 3}
}

// Pipeline is the same as a Pipeline: Resize and CenterCrop.
func (p Preprocessing) Pipeline() Pipeline {
	p.Resize, p.Crop = cmp.Or(p.Resize, 256), cmp.Or(p.Crop, 224)
	return Pipeline{
		Transforms:    []Transform{Resize{p.Resize, p.Interpolation}, CenterCrop{p.Crop}},
		Size:          p.Crop,
		Normalization: p.normalization(),
	}
}

// Apply writes the preprocessed picture to dst [Crop Crop 3], one place of a
// batch [N H W C]: resized, cut, and each channel standardised to
// (x/255 - mean)/deviation. Colours under transparency count as if opaque.
func (p Preprocessing) Apply(dst []float32, picture image.Image) error {
	p, err := p.resolve()
	if err != nil {
		return err
	}
	return p.Pipeline().Apply(dst, picture, nil)
}
