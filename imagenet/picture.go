package imagenet

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
)

// Picture is a photograph on its way to a network: eight bits each of red, green
// and blue. Resizing, cropping and flipping are only noted; the pixels that are
// left are computed at once, when something asks for them.
type Picture struct {
	source        source          // perhaps shared
	box           image.Rectangle // the part of the source that is scaled
	scaled        image.Point     // the size that box is scaled to
	interpolation Interpolation
	window        image.Rectangle // what is left of the scaled box, before mirroring
	mirrored      bool
	light         [3]float32 // added at the end, in units of x/255
}

// NewPicture takes a decoded picture. As in Pillow, gray becomes three equal
// channels, and of transparent pixels the colour counts as if opaque.
func NewPicture(m image.Image) (*Picture, error) {
	if m == nil || m.Bounds().Empty() {
		return nil, errNoPicture
	}
	// In floating point: the bounds of an image.Uniform overflow all else.
	if b := m.Bounds(); float64(b.Dx())*float64(b.Dy()) > MaxPixels {
		return nil, errors.Errorf("imagenet: a picture of %dx%d is too large; at most %d pixels are possible", b.Dx(), b.Dy(), MaxPixels)
	}
	return newPicture(decoded{m}), nil
}

func newPicture(src source) *Picture {
	r := image.Rectangle{Max: src.Size()}
	return &Picture{source: src, box: r, scaled: r.Max, window: r}
}

// Size is the picture's width and height as they are by now.
func (p *Picture) Size() image.Point {
	if p == nil {
		return image.Point{}
	}
	return p.window.Size()
}

// errNoPicture is the error of a picture without pixels.
var errNoPicture = errors.New("imagenet: the picture is empty")

// Flip mirrors left and right.
func (p *Picture) Flip() {
	if p != nil {
		p.mirrored = !p.mirrored
	}
}

// Crop keeps a part of the picture, which must lie within it.
func (p *Picture) Crop(r image.Rectangle) error {
	size := p.Size()
	if r.Empty() || !r.In(image.Rectangle{Max: size}) {
		return errors.Errorf("imagenet: want a cut within %dx%d pixels, got %v", size.X, size.Y, r)
	}
	if p.mirrored {
		r.Min.X, r.Max.X = size.X-r.Max.X, size.X-r.Min.X
	}
	p.window = r.Add(p.window.Min)
	return nil
}

// What resizing may take: pixels that it keeps between its two passes, 4 bytes
// each, and a side.
const (
	maxScratch = 1 << 25
	maxSide    = 1 << 16
)

// Resize scales the picture to w x h pixels.
func (p *Picture) Resize(w, h int, i Interpolation) error {
	if w < 1 || h < 1 {
		return errors.Errorf("imagenet: want to resize to at least 1x1 pixels, got %dx%d", w, h)
	}
	if err := i.check(); err != nil {
		return err
	}
	if p == nil || p.source == nil {
		return errNoPicture
	}
	if p.scaled != p.box.Size() {
		if _, err := p.flush(); err != nil {
			return err
		}
	}
	// Nothing is scaled yet, so the window is a part of the pixels themselves.
	p.box = p.window.Add(p.box.Min)
	size := p.box.Size()
	if w > maxSide || h > maxSide || int64(w)*int64(size.Y) > maxScratch || int64(w)*int64(h) > maxScratch {
		return errors.Errorf("imagenet: a picture of %dx%d is too long and thin to be resized to %dx%d; cut it first", size.X, size.Y, w, h)
	}
	p.scaled, p.interpolation = image.Pt(w, h), i
	p.window = image.Rect(0, 0, w, h)
	return nil
}

// Image is the picture as it is by now, without Lighting. It must not be changed.
func (p *Picture) Image() (*image.RGBA, error) { return p.flush() }

// flush computes the pixels that are left.
func (p *Picture) flush() (*image.RGBA, error) {
	if p == nil || p.source == nil {
		return nil, errNoPicture
	}
	there, ok := p.source.(memory)
	if ok && p.window == there.Rect && p.scaled == p.box.Size() && p.box == p.window && !p.mirrored {
		return there.RGBA, nil
	}
	out := image.NewRGBA(image.Rectangle{Max: p.Size()})
	if p.scaled != p.box.Size() {
		if err := resample(out, p.source, p.box, p.scaled, p.window, p.interpolation); err != nil {
			return nil, err
		}
	} else {
		rest := out.Pix
		if err := p.source.Rows(p.window.Add(p.box.Min), func(row []uint32) {
			for x, v := range row {
				binary.LittleEndian.PutUint32(rest[4*x:], v)
			}
			rest = rest[4*len(row):]
		}); err != nil {
			return nil, err
		}
	}
	if p.mirrored {
		mirror(out)
	}
	light := p.light
	*p = *newPicture(memory{out})
	p.light = light
	return out, nil
}

// mirror flips the pixels of m where they are.
func mirror(m *image.RGBA) {
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		for left, right := 0, len(row)-4; left < right; left, right = left+4, right-4 {
			for c := range 4 {
				row[left+c], row[right+c] = row[right+c], row[left+c]
			}
		}
	}
}

// Write writes the normalised picture to dst [H W 3], with H and W as Size says.
func (p *Picture) Write(dst []float32, n Normalization) error {
	n, err := n.resolve()
	if err != nil {
		return err
	}
	size := p.Size()
	if want := 3 * size.X * size.Y; len(dst) != want {
		return errors.Errorf("imagenet: want room for %d values [%d %d 3], got %d", want, size.Y, size.X, len(dst))
	}
	if n.Pixels != nil && len(n.Pixels) != len(dst) {
		return errors.Errorf("imagenet: want a mean of every pixel of %dx%d, %d values, got %d; pictures of other sizes need the mean of each channel", size.X, size.Y, len(dst), len(n.Pixels))
	}
	m, err := p.flush()
	if err != nil {
		return err
	}
	table := n.table(p.light)
	for i := range len(dst) / 3 {
		rgb, to := m.Pix[4*i:4*i+3:4*i+3], dst[3*i:3*i+3:3*i+3]
		to[0], to[1], to[2] = table[0][rgb[0]], table[1][rgb[1]], table[2][rgb[2]]
	}
	for i := 0; i < len(n.Pixels); i += 3 {
		for c, d := range n.Deviation {
			dst[i+c] -= n.Pixels[i+c] / d
		}
	}
	return nil
}
