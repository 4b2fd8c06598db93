package cifar

import (
	"cmp"
	"image"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Examples is a Set as a network sees it: normalised and, for training,
// augmented. It may be used from many goroutines at once.
type Examples struct {
	Set           *Set
	Normalization Normalization
	Augmentation  Augmentation
	Side          int // height and width that pictures are enlarged to, of 32 or more; 0 means 32
}

// Len returns the number of examples.
func (e Examples) Len() int { return e.Set.Len() }

// Shape returns the shape of one example, [32 32 3] unless they are enlarged: height,
// width, channels.
func (e Examples) Shape() []int { return []int{e.side(), e.side(), Channels} }

func (e Examples) side() int { return cmp.Or(e.Side, Side) }

// Normalized is how the pixels are normalised; see Normalization.Values.
func (e Examples) Normalized() (mean, deviation []float32) { return e.Normalization.Values() }

// ClassNames returns the names of the classes in label order.
func (e Examples) ClassNames() []string {
	if e.Set == nil {
		return nil
	}
	return e.Set.Classes
}

// Picture returns image i as it is, to look at, or nil if the set has no such
// image.
func (e Examples) Picture(i int) image.Image {
	pixels := e.Set.Image(i)
	if pixels == nil {
		return nil
	}
	picture := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	for j := range Side * Side {
		copy(picture.Pix[4*j:], pixels[Channels*j:Channels*(j+1)])
		picture.Pix[4*j+3] = 0xff
	}
	return picture
}

// Example writes example i to dst: of Shape, [32 32 3] and of length ImageSize unless it
// is enlarged, which is done last, bilinearly. With an rng the image is augmented by one
// draw of 64 bits; with a nil rng it is not.
//
// It is an error if the set has no image i, if dst, Normalization.Mean, Side or
// Augmentation.Pad has the wrong size, or if a Deviation is negative or not finite; dst
// is then left alone.
func (e Examples) Example(i int, rng *rand.Rand, dst []float32) (label int32, err error) {
	var window crop
	if rng != nil {
		window = e.Augmentation.draw(rng)
	}
	image := e.Set.Image(i)
	mean := e.Normalization.Mean
	if mean == nil {
		mean = noMean[:]
	}
	switch {
	case e.Len() == 0:
		return 0, errors.Errorf("cifar: want example %d, the set is empty", i)
	case i < 0 || i >= e.Len():
		return 0, errors.Errorf("cifar: want an example from 0 to %d, got %d", e.Len()-1, i)
	case image == nil:
		return 0, errors.Errorf("cifar: want %d bytes of images for %d labels, got %d",
			e.Len()*ImageSize, e.Len(), len(e.Set.Images))
	case e.side() < Side || e.side() > MaxSide:
		return 0, errors.Errorf("cifar: images are enlarged to %d to %d pixels, not to %d", Side, MaxSide, e.Side)
	case len(dst) != e.side()*e.side()*Channels:
		return 0, errors.Errorf("cifar: want a dst of %d values, got %d", e.side()*e.side()*Channels, len(dst))
	case len(mean) != ImageSize:
		return 0, errors.Errorf("cifar: want a mean image of %d values, got %d", ImageSize, len(mean))
	case e.Augmentation.Pad < 0 || e.Augmentation.Pad >= Side:
		return 0, errors.Errorf("cifar: want a padding of 0 to %d pixels, got %d", Side-1, e.Augmentation.Pad)
	}
	if err := e.Normalization.check(); err != nil {
		return 0, err
	}
	if e.side() == Side {
		window.write(dst, image, mean, e.Normalization.scale())
	} else {
		var small [ImageSize]float32
		window.write(small[:], image, mean, e.Normalization.scale())
		enlarge(dst, &small, e.side())
	}
	return e.Set.Labels[i], nil
}

var noMean [ImageSize]float32

// MaxSide is the largest Side of Examples: there is nothing to see in an enlargement
// beyond it.
const MaxSide = 1024

// scale returns 1/Deviation.
func (n Normalization) scale() (scale [Channels]float32) {
	for c, deviation := range n.Deviation {
		scale[c] = 1
		if deviation != 0 {
			scale[c] = 1 / deviation
		}
	}
	return scale
}

// write fills dst with the window of the image, normalised pixel by pixel and
// zero where the window leaves the image. All three are [32 32 3].
func (w crop) write(dst []float32, image []byte, mean []float32, scale [Channels]float32) {
	const row = Side * Channels
	// Columns from to to-1 of the window lie within the image.
	from, to := max(0, -w.left), min(Side, Side-w.left)
	for y := range Side {
		out := dst[y*row : (y+1)*row : (y+1)*row]
		source := y + w.top
		if source < 0 || source >= Side {
			clear(out)
			continue
		}
		start := source*row + (from+w.left)*Channels
		size := (to - from) * Channels
		in, less := image[start:start+size], mean[start:start+size]
		if w.flip {
			clear(out[:(Side-to)*Channels])
			clear(out[(Side-from)*Channels:])
			normalizeReversed(out[(Side-to)*Channels:(Side-from)*Channels], in, less, scale)
		} else {
			clear(out[:from*Channels])
			clear(out[to*Channels:])
			normalize(out[from*Channels:to*Channels], in, less, scale)
		}
	}
}

// normalize writes (x/255 - mean) * scale for a run of whole pixels of equal
// length in dst, x and mean.
func normalize(dst []float32, x []byte, mean []float32, scale [Channels]float32) {
	r, g, b := scale[0], scale[1], scale[2]
	for len(dst) >= Channels && len(x) >= Channels && len(mean) >= Channels {
		dst[0] = (unit[x[0]] - mean[0]) * r
		dst[1] = (unit[x[1]] - mean[1]) * g
		dst[2] = (unit[x[2]] - mean[2]) * b
		dst, x, mean = dst[Channels:], x[Channels:], mean[Channels:]
	}
}

// normalizeReversed is normalize with the pixels of dst in reverse order.
func normalizeReversed(dst []float32, x []byte, mean []float32, scale [Channels]float32) {
	r, g, b := scale[0], scale[1], scale[2]
	for len(dst) >= Channels && len(x) >= Channels && len(mean) >= Channels {
		end := dst[len(dst)-Channels:]
		end[0] = (unit[x[0]] - mean[0]) * r
		end[1] = (unit[x[1]] - mean[1]) * g
		end[2] = (unit[x[2]] - mean[2]) * b
		dst, x, mean = dst[:len(dst)-Channels], x[Channels:], mean[Channels:]
	}
}

// unit is x/255 for every byte x, correctly rounded.
var unit = func() (table [256]float32) {
	for x := range table {
		table[x] = float32(x) / 255
	}
	return table
}()
