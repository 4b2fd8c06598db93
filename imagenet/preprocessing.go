package imagenet

import (
	"image"
	"math"

	"github.com/pkg/errors"
	"golang.org/x/image/draw"
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

// The statistics of ImageNet's training pictures that torchvision normalises by.
var (
	Mean      = [3]float32{0.485, 0.456, 0.406}
	Deviation = [3]float32{0.229, 0.224, 0.225}
)

// resolve fills in the defaults and checks the rest.
func (p Preprocessing) resolve() (Preprocessing, error) {
	if p.Resize == 0 {
		p.Resize = 256
	}
	if p.Crop == 0 {
		p.Crop = 224
	}
	if p.Deviation == ([3]float32{}) {
		p.Mean, p.Deviation = Mean, Deviation
	}
	if p.Crop < 0 || p.Resize < p.Crop {
		return p, errors.Errorf("imagenet: want a crop of at least 1 pixel and no larger than the resized picture, got crop %d of %d", p.Crop, p.Resize)
	}
	for c := range p.Mean {
		if m, d := float64(p.Mean[c]), float64(p.Deviation[c]); !(d > 0) || math.IsInf(d, 0) || math.IsNaN(m) || math.IsInf(m, 0) {
			return p, errors.Errorf("imagenet: want finite means and positive deviations, got %v and %v", p.Mean, p.Deviation)
		}
	}
	_, err := p.Interpolation.kernel()
	return p, err
}

// Shape is the shape [H W C] of a preprocessed picture: Crop, Crop, 3.
func (p Preprocessing) Shape() []int {
	if p.Crop == 0 {
		p.Crop = 224
	}
	return []int{p.Crop, p.Crop, 3}
}

// Apply writes the preprocessed picture to dst [Crop Crop 3], one place of a
// batch [N H W C]: resized, cut, and each channel standardised to
// (x/255 - mean)/deviation. Colours under transparency count as if opaque.
func (p Preprocessing) Apply(dst []float32, picture image.Image) error {
	p, err := p.resolve()
	if err != nil {
		return err
	}
	if want := 3 * p.Crop * p.Crop; len(dst) != want {
		return errors.Errorf("imagenet: want room for %d values [%d %d 3], got %d", want, p.Crop, p.Crop, len(dst))
	}
	cut, err := p.cut(picture)
	if err != nil {
		return err
	}
	var table [3][256]float32
	for c := range table {
		for v := range table[c] {
			table[c][v] = (float32(v)/255 - p.Mean[c]) / p.Deviation[c]
		}
	}
	for i := range dst {
		dst[i] = table[i%3][cut[i]]
	}
	return nil
}

// maxScratch bounds the pixels that resizing keeps between its two passes, 32
// bytes each.
const maxScratch = 1 << 25

// cut resizes the picture and returns the middle of it as bytes [Crop Crop 3].
// Sizes and offsets are rounded as torchvision rounds them, pixels as Pillow
// does after its last pass.
func (p Preprocessing) cut(picture image.Image) ([]byte, error) {
	src := rgb(picture)
	size := src.Bounds().Size()
	if size.X < 1 || size.Y < 1 {
		return nil, errors.New("imagenet: the picture is empty")
	}
	shorter := min(size.X, size.Y)
	w, h := p.Resize*size.X/shorter, p.Resize*size.Y/shorter
	if w*size.Y > maxScratch {
		return nil, errors.Errorf("imagenet: a picture of %dx%d is too long and thin to be resized to %dx%d; cut it first", size.X, size.Y, w, h)
	}
	left, top := offset(w, p.Crop), offset(h, p.Crop)
	out := make([]byte, 0, 3*p.Crop*p.Crop)
	if w == size.X && h == size.Y {
		for y := range p.Crop {
			row := src.Pix[src.PixOffset(left, top+y):]
			for x := range p.Crop {
				out = append(out, row[4*x:4*x+3]...)
			}
		}
		return out, nil
	}
	kernel, err := p.Interpolation.kernel()
	if err != nil {
		return nil, err
	}
	// Sixteen bits a channel, of which the upper half alone would be rounded down.
	dst := image.NewRGBA64(image.Rect(left, top, left+p.Crop, top+p.Crop))
	kernel.Scale(dst, image.Rect(0, 0, w, h), src, src.Bounds(), draw.Src, nil)
	for i, v := range dst.Pix {
		if i%8 < 6 && i%2 == 0 {
			out = append(out, byte((int(v)<<8+int(dst.Pix[i+1])+128)/257))
		}
	}
	return out, nil
}

// offset is where a cut of the given length from the middle begins; halves go to
// the even number.
func offset(length, cut int) int { return int(math.RoundToEven(float64(length-cut) / 2)) }
