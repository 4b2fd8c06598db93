package imagenet

import (
	"bytes"
	"encoding/binary"
	"image"

	"github.com/gorgonet/gorgonet/imagenet/internal/jpeg"
	"github.com/gorgonet/gorgonet/imagenet/internal/raster"
	"github.com/pkg/errors"
)

// source is where pixels come from.
type source interface {
	Size() image.Point

	// Rows gives the rows of a part of the picture, which must lie within it, from
	// top to bottom: pixels of red, green, blue and 255 from the lowest byte on. A
	// row is valid until use returns.
	Rows(r image.Rectangle, use func(row []uint32)) error
}

// memory is a source of pixels that are there: opaque, from 0, 0.
type memory struct{ *image.RGBA }

func (m memory) Size() image.Point { return m.Rect.Size() }

func (m memory) Rows(r image.Rectangle, use func(row []uint32)) error {
	row := make([]uint32, r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from := m.Pix[y*m.Stride+4*r.Min.X:]
		for x := range row {
			row[x] = binary.LittleEndian.Uint32(from[4*x:])
		}
		use(row)
	}
	return nil
}

// decoded is a picture of any kind, of which some rows at a time are converted.
type decoded struct{ image.Image }

func (d decoded) Size() image.Point { return d.Bounds().Size() }

func (d decoded) Rows(r image.Rectangle, use func(row []uint32)) error {
	r = r.Add(d.Bounds().Min)
	for y := r.Min.Y; y < r.Max.Y; y += 16 {
		strip := memory{rgb(part(d.Image, image.Rect(r.Min.X, y, r.Max.X, min(y+16, r.Max.Y))))}
		if err := strip.Rows(strip.Rect, use); err != nil {
			return err
		}
	}
	return nil
}

// warner is a source that may know what is wrong with its file, once its rows have
// been read.
type warner interface{ Warnings() []string }

// flawed is a picture that could be read in spite of faults.
type flawed struct {
	source
	warnings []string
}

// Warnings implements warner.
func (f flawed) Warnings() []string { return f.warnings }

// part is a part of a picture as a picture.
func part(m image.Image, r image.Rectangle) image.Image {
	if m, ok := m.(interface {
		SubImage(image.Rectangle) image.Image
	}); ok {
		return m.SubImage(r)
	}
	return bounded{m, r}
}

type bounded struct {
	image.Image
	bounds image.Rectangle
}

func (b bounded) Bounds() image.Rectangle { return b.bounds }

// photograph is a JPEG file of which only what is needed gets computed.
type photograph struct {
	*jpeg.Image
	warnings []string
}

func (p *photograph) Rows(r image.Rectangle, use func(row []uint32)) (err error) {
	defer recovered(&err)
	p.warnings, err = p.Image.Rows(r, use)
	return err
}

// Warnings is what was wrong with the file but could be mended, as far as its rows
// were asked for.
func (p *photograph) Warnings() []string { return p.warnings }

// recovered makes a panic in a decoder an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("panic in decoding: %v", r)
	}
}

// load reads the header of a JPEG file, or a picture of another kind. Sizes are
// checked before memory is taken.
func load(data []byte) (src source, err error) {
	defer recovered(&err)
	if jpeg.Is(data) {
		return loadJPEG(data)
	}
	m, warnings, err := raster.Decode(data, func(size image.Point, perByte int) error {
		return checkSize(size, MaxPixels, (len(data)*perByte+pixelsPerByte-1)/pixelsPerByte)
	})
	switch {
	case err != nil:
		return nil, err
	case len(warnings) > 0:
		return flawed{decoded{m}, warnings}, nil
	}
	return decoded{m}, nil
}

// loadJPEG reads the header of a JPEG file.
func loadJPEG(data []byte) (source, error) {
	m, err := jpeg.Parse(data)
	if err != nil {
		return nil, err
	}
	most, size := MaxPixels, m.Size()
	if m.Whole() {
		most /= 4
	}
	if err := checkSize(size, most, len(data)); err != nil {
		return nil, err
	}
	scans := bytes.Count(data, []byte{0xff, 0xda}) // their markers
	if m.Whole() && int64(scans)*int64(size.X)*int64(size.Y) > maxWork {
		return nil, errors.Errorf("a JPEG of %dx%d with %d scans is too much work", size.X, size.Y, scans)
	}
	return &photograph{Image: m}, nil
}

// checkSize refuses a picture that says it has more pixels than are read, or than so
// many bytes can hold.
func checkSize(size image.Point, most, bytes int) error {
	pixels := int64(size.X) * int64(size.Y)
	switch {
	case size.X < 1 || size.Y < 1:
		return errors.Errorf("a picture of %dx%d has no pixels", size.X, size.Y)
	case pixels > int64(most):
		return errors.Errorf("a picture of %dx%d is too large; at most %d pixels are read", size.X, size.Y, most)
	case pixels/pixelsPerByte > int64(bytes):
		return errors.Errorf("damaged picture: %d bytes cannot hold %dx%d pixels", bytes, size.X, size.Y)
	}
	return nil
}
