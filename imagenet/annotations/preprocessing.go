package annotations

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// Preprocessing makes inputs for a detector as torchvision's GeneralizedRCNNTransform does:
// normalised, then resized so that the shorter side has a length, if the longer one does not
// become too long. The zero value is that of its Faster R-CNN, Mask R-CNN and RetinaNet.
type Preprocessing struct {
	// MinSides are lengths of the shorter side, of which training draws one and testing takes the
	// last; nil means 800.
	MinSides []int
	// MaxSide is the most that the longer side may have; 0 means 1333.
	MaxSide int
	// Fixed is a size that all pictures are resized to instead, whatever their form.
	Fixed Size
	// Divisible is what the height and width of a batch are multiples of; 0 means 32.
	Divisible int
	// Normalization is by the mean of each channel; of zeros ImageNet's.
	Normalization imagenet.Normalization
}

// Input is a picture as a detector sees it, and its objects there.
type Input struct {
	Size
	Pixels   []float32 // [Height Width 3]
	Objects  []Target  // in pixels of the input
	Labels   *Labels   // or nil
	Original Size      // before resizing: Corners.Scaled leads back to it
}

// Batch is inputs of different sizes in one tensor [N Height Width 3], each in the upper left
// corner and the rest zeros, which stand for the mean colour.
type Batch struct {
	Size
	Pixels []float32
	Inputs []*Input // whose pixels are copied
}

// ResizedSize is what a picture is resized to for a length of the shorter side. The quotient is
// floored, so a side of 161 becomes 799 and not 800: as in torchvision. A size of no picture
// gives zeros.
func (p Preprocessing) ResizedSize(s Size, minSide int) Size {
	if p.Fixed != (Size{}) {
		return p.Fixed
	}
	longest := p.MaxSide
	if longest == 0 {
		longest = 1333
	}
	if s.check() != nil {
		return Size{}
	}
	short, long := min(s.Height, s.Width), max(s.Height, s.Width)
	scale := min(float64(minSide)/float64(short), float64(longest)/float64(long))
	return Size{int(float64(s.Height) * scale), int(float64(s.Width) * scale)}
}

// side is the length of the shorter side: drawn, or the last without an rng.
func (p Preprocessing) side(rng *rand.Rand) int {
	sides := p.MinSides
	if len(sides) == 0 {
		sides = []int{800}
	}
	if rng == nil {
		return sides[len(sides)-1]
	}
	return sides[rng.IntN(len(sides))]
}

// Input normalises and resizes a sample: in training with an rng, in testing without. Masks and
// labels are resized to the nearest pixel, boxes by the ratio of the sizes.
func (p Preprocessing) Input(s *Sample, rng *rand.Rand) (*Input, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	from := s.Size()
	to := p.ResizedSize(from, p.side(rng))
	if err := to.check(); err != nil {
		return nil, errors.Errorf("annotations: a picture of %dx%d becomes one of %dx%d", from.Width, from.Height, to.Width, to.Height)
	}
	pixels := make([]float32, 3*from.Height*from.Width)
	if err := s.Picture.Write(pixels, p.Normalization); err != nil {
		return nil, err
	}
	in := &Input{Size: to, Original: from, Objects: scaled(s.Objects, from, to)}
	if in.Pixels = pixels; from != to {
		in.Pixels = interpolate(pixels, from, to)
	}
	if s.Labels != nil {
		in.Labels = s.Labels.Resized(to)
	}
	return in, nil
}

// scaled are the objects in a picture resized to another size.
func scaled(objects []Target, from, to Size) []Target {
	out := make([]Target, len(objects))
	for i, o := range objects {
		out[i] = o
		out[i].Box = o.Box.Scaled(from, to)
		if o.Mask != nil {
			out[i].Mask = o.Mask.Resized(to)
		}
	}
	return out
}

// Batch puts inputs into one tensor, as large as the largest of them and a multiple of Divisible.
func (p Preprocessing) Batch(inputs []*Input) (*Batch, error) {
	if len(inputs) == 0 {
		return nil, errors.New("annotations: want inputs for a batch, got none")
	}
	b := &Batch{Inputs: inputs}
	for _, in := range inputs {
		if in == nil {
			return nil, errors.New("annotations: an input of the batch is nil")
		}
		b.Height, b.Width = max(b.Height, in.Height), max(b.Width, in.Width)
	}
	stride := p.Divisible
	if stride == 0 {
		stride = 32
	}
	if stride < 1 {
		return nil, errors.Errorf("annotations: want sides of a batch divisible by at least 1, got %d", stride)
	}
	b.Height, b.Width = roundUp(b.Height, stride), roundUp(b.Width, stride)
	if err := (Size{b.Height * len(inputs), b.Width}).check(); err != nil {
		return nil, errors.Errorf("annotations: %d pictures of %dx%d are too large a batch", len(inputs), b.Width, b.Height)
	}
	b.Pixels = make([]float32, len(inputs)*b.Height*b.Width*3)
	for i, in := range inputs {
		if err := in.Put(b.Pixels[i*b.Height*b.Width*3:][:b.Height*b.Width*3], b.Size); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Put writes the input to dst [Height Width 3] of a size that it fits in, and zeros around it.
func (in *Input) Put(dst []float32, s Size) error {
	if in == nil || in.check() != nil || len(in.Pixels) != 3*in.Height*in.Width {
		return errors.New("annotations: an input has not as many values as its size says")
	}
	if in.Height > s.Height || in.Width > s.Width || len(dst) != 3*s.Height*s.Width {
		return errors.Errorf("annotations: an input of %dx%d does not go into %d values [%d %d 3]", in.Width, in.Height, len(dst), s.Height, s.Width)
	}
	for y := range s.Height {
		row := dst[3*y*s.Width:][:3*s.Width]
		n := 0
		if y < in.Height {
			n = copy(row, in.Pixels[3*y*in.Width:][:3*in.Width])
		}
		clear(row[n:])
	}
	return nil
}

func roundUp(n, by int) int { return (n + by - 1) / by * by }
