package raster

import (
	"bytes"
	"image"

	"github.com/pkg/errors"
)

// Check refuses a picture that says it has this size before memory is taken for it.
// perByte is how many pixels a byte of such a file can stand for at most.
type Check func(size image.Point, perByte int) error

// kind is a format of files.
type kind struct {
	is     func(data []byte) bool
	decode func(data []byte, check Check) (image.Image, []string, error)
}

var kinds = []kind{
	{begins(pngSignature), decodePNG},
	{begins("GIF87a", "GIF89a"), decodeGIF},
	{begins("BM"), decodeBMP},
	{isWebP, decodeWebP},
	{begins("II*\x00", "MM\x00*"), decodeTIFF},
	{isPNM, decodePNM},
}

// strangers are files that are met among pictures and cannot be read, by what they
// begin with.
var strangers = []struct {
	name string
	is   func(data []byte) bool
}{
	{"a JPEG 2000 picture", begins("\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51")},
	{"an AVIF or HEIC picture", func(data []byte) bool { return len(data) > 12 && string(data[4:8]) == "ftyp" }},
	{"a Photoshop picture", begins("8BPS")},
	{"an icon", begins("\x00\x00\x01\x00")},
	{"a BigTIFF picture", begins("II+\x00", "MM\x00+")},
	{"a PDF document", begins("%PDF")},
	{"a web page or drawing", begins("<")},
	{"a pointer of Git LFS, not the file itself; git lfs pull fetches it", begins("version https://git-lfs")},
	{"a zip archive", begins("PK\x03\x04")},
	{"a gzip archive", begins("\x1f\x8b")},
}

func begins(magics ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, magic := range magics {
			if bytes.HasPrefix(data, []byte(magic)) {
				return true
			}
		}
		return false
	}
}

// ErrFormat is the cause of Decode's error about data of an unknown kind.
var ErrFormat = errors.New("no picture of a known kind (JPEG, PNG, GIF, BMP, WebP, TIFF, PBM, PGM or PPM)")

// Decode reads a picture, whose kind is told by its contents. Of transparent pixels
// the colour counts: NRGBA, and palettes, have it under their alpha. Warnings are what
// is wrong with a file that can be read all the same.
func Decode(data []byte, check Check) (m image.Image, warnings []string, err error) {
	for _, k := range kinds {
		if k.is(data) {
			return k.decode(data, check)
		}
	}
	for _, s := range strangers {
		if s.is(data) {
			return nil, nil, errors.WithMessage(ErrFormat, s.name)
		}
	}
	return nil, nil, ErrFormat
}

// palette is red, green and blue of up to 256 colours. Those that a file lacks are
// gray, as in Pillow: colour i is i, i, i.
type palette [256][3]byte

func newPalette() *palette {
	p := &palette{}
	for i := range p {
		p[i] = [3]byte{byte(i), byte(i), byte(i)}
	}
	return p
}

// set takes colours of width bytes each, red first or blue first.
func (p *palette) set(data []byte, width int, blueFirst bool) *palette {
	for i := range min(len(data)/width, len(p)) {
		copy(p[i][:], data[i*width:])
		if blueFirst {
			p[i][0], p[i][2] = p[i][2], p[i][0]
		}
	}
	return p
}

// canvas is a picture of three bytes a pixel to be filled, opaque.
type canvas struct{ *image.RGBA }

func newCanvas(size image.Point) canvas {
	m := image.NewRGBA(image.Rectangle{Max: size})
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return canvas{m}
}

// put sets a pixel, which must be there.
func (c canvas) put(x, y int, red, green, blue byte) {
	p := c.Pix[y*c.Stride+4*x:][:3:3]
	p[0], p[1], p[2] = red, green, blue
}

// unpack reads sample i of a row of samples of 1, 2, 4 or 8 bits, the first in the
// highest bits.
func unpack(row []byte, i, bits int) byte {
	if bits == 8 {
		return row[i]
	}
	at := i * bits
	return row[at/8] >> (8 - bits - at%8) & (1<<bits - 1)
}

// clip is what Pillow makes of 16 bits of gray: all above 255 is white.
func clip(v int) byte { return byte(min(max(v, 0), 255)) }

var errCut = damaged("it is cut short")

func damaged(format string, args ...any) error {
	return errors.Errorf("damaged picture: "+format, args...)
}
