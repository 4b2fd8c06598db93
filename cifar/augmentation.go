package cifar

import "math/rand/v2"

// Augmentation is the random change made to a training image, section 4.2:
// "4 pixels are padded on each side, and a 32x32 crop is randomly sampled from
// the padded image or its horizontal flip" is {Pad: 4, Flip: true}. The zero
// value changes nothing.
type Augmentation struct {
	Pad  int  // pixels of zeros, after normalisation, on each side; 0 to 31
	Flip bool // mirror left and right every second time
}

// PaperAugmentation is the augmentation of section 4.2.
var PaperAugmentation = Augmentation{Pad: 4, Flip: true}

// crop is one outcome of an Augmentation: the window's place relative to the
// unpadded image, and whether the window is then mirrored.
type crop struct {
	top, left int // -Pad to Pad
	flip      bool
}

// draw takes one 64-bit word of rng, whatever the settings, so that the draws
// for an example never depend on those for the one before.
func (a Augmentation) draw(rng *rand.Rand) crop {
	word := rng.Uint64()
	places := uint64(2*a.Pad + 1)
	// The top 31 bits choose the row, the next 31 the column, the last one the
	// flip; with at most 63 places the bias is below one in ten million.
	const mask = 1<<31 - 1
	return crop{
		top:  int((word>>33)*places>>31) - a.Pad,
		left: int((word>>2&mask)*places>>31) - a.Pad,
		flip: a.Flip && word&1 == 1,
	}
}
