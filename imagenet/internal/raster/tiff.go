package raster

import (
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
)

// Tags of TIFF 6.0.
const (
	tiffWidth        = 256
	tiffHeight       = 257
	tiffBits         = 258
	tiffCompression  = 259
	tiffPhotometric  = 262
	tiffFillOrder    = 266
	tiffOffsets      = 273
	tiffOrientation  = 274
	tiffSamples      = 277
	tiffRows         = 278
	tiffCounts       = 279
	tiffPlanar       = 284
	tiffPredictor    = 317
	tiffColours      = 320
	tiffTileWidth    = 322
	tiffTileHeight   = 323
	tiffTileOffsets  = 324
	tiffTileCounts   = 325
	tiffExtra        = 338
	tiffSampleFormat = 339
)

// tiff is the first picture of a file.
type tiff struct {
	data    []byte
	order   binary.ByteOrder
	tags    map[int][]int
	size    image.Point
	bits    int // of a sample
	samples int // of a pixel
	planes  int // that blocks are in: 1, or as many as samples
}

// decodeTIFF reads strips or tiles of bits, gray, palettes, colours and CMYK, in up to
// 16 bits. As Pillow does, it turns the picture as its orientation says.
func decodeTIFF(data []byte, check Check) (image.Image, []string, error) {
	t, err := parseTIFF(data)
	if err != nil {
		return nil, nil, err
	}
	if err := check(t.size, 1<<17); err != nil { // fax codes have a bit for an empty line
		return nil, nil, err
	}
	colour, err := t.colours()
	if err != nil {
		return nil, nil, err
	}
	m := newCanvas(t.size)
	if err := t.blocks(func(r image.Rectangle, stride int, planes [][]byte) {
		pixel := make([]int, t.samples)
		for y := r.Min.Y; y < min(r.Max.Y, t.size.Y); y++ {
			for x := r.Min.X; x < min(r.Max.X, t.size.X); x++ {
				for s := range pixel {
					if t.planes > 1 {
						pixel[s] = t.sample(planes[s][(y-r.Min.Y)*stride:], x-r.Min.X)
					} else {
						pixel[s] = t.sample(planes[0][(y-r.Min.Y)*stride:], (x-r.Min.X)*t.samples+s)
					}
				}
				c := colour(pixel)
				m.put(x, y, c[0], c[1], c[2])
			}
		}
	}); err != nil {
		return nil, nil, err
	}
	return turned(m, t.one(tiffOrientation, 1)).RGBA, nil, nil
}

// sample is sample i of a row.
func (t *tiff) sample(row []byte, i int) int {
	if t.bits == 16 {
		return int(t.order.Uint16(row[2*i:]))
	}
	return int(unpack(row, i, t.bits))
}

// parseTIFF reads the first directory.
func parseTIFF(data []byte) (*tiff, error) {
	t := &tiff{data: data, order: binary.LittleEndian, tags: map[int][]int{}}
	if len(data) < 8 {
		return nil, errCut
	}
	if data[0] == 'M' {
		t.order = binary.BigEndian
	}
	at := int64(t.order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return nil, errCut
	}
	entries := data[at+2:]
	for range int(t.order.Uint16(data[at:])) {
		if len(entries) < 12 {
			return nil, errCut
		}
		if err := t.entry(entries[:12]); err != nil {
			return nil, err
		}
		entries = entries[12:]
	}
	t.size = image.Pt(t.one(tiffWidth, 0), t.one(tiffHeight, 0))
	t.bits, t.samples = t.one(tiffBits, 1), t.one(tiffSamples, 1)
	t.planes = 1
	if t.one(tiffPlanar, 1) == 2 {
		t.planes = t.samples
	}
	switch {
	case t.samples < 1 || t.samples > 8:
		return nil, damaged("%d samples a pixel", t.samples)
	case t.bits != 1 && t.bits != 2 && t.bits != 4 && t.bits != 8 && t.bits != 16:
		return nil, errors.Errorf("TIFF: samples of %d bits are not read", t.bits)
	case t.one(tiffSampleFormat, 1) != 1:
		return nil, errors.New("TIFF: samples that are signed or in floating point are not read")
	}
	for _, bits := range t.tags[tiffBits] {
		if bits != t.bits {
			return nil, errors.New("TIFF: samples of different numbers of bits are not read")
		}
	}
	return t, nil
}

// entry notes the numbers of a tag, as far as a decoder needs it.
func (t *tiff) entry(e []byte) error {
	tag, kind, count := int(t.order.Uint16(e)), t.order.Uint16(e[2:]), int64(t.order.Uint32(e[4:]))
	width := map[uint16]int64{1: 1, 3: 2, 4: 4}[kind] // bytes, and numbers of 16 and 32 bits
	if tag < tiffWidth || tag > tiffSampleFormat || width == 0 {
		return nil
	}
	values := e[8:]
	if count*width > 4 {
		at := int64(t.order.Uint32(values))
		if at+count*width > int64(len(t.data)) {
			return damaged("tag %d is outside of the file", tag)
		}
		values = t.data[at:]
	}
	numbers := make([]int, count)
	for i := range numbers {
		switch v := values[int64(i)*width:]; width {
		case 1:
			numbers[i] = int(v[0])
		case 2:
			numbers[i] = int(t.order.Uint16(v))
		case 4:
			numbers[i] = int(t.order.Uint32(v))
		}
	}
	t.tags[tag] = numbers
	return nil
}

// one is the first number of a tag.
func (t *tiff) one(tag, otherwise int) int {
	if v := t.tags[tag]; len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// Photometric interpretations.
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
)

// colours says what the samples of a pixel are in red, green and blue.
func (t *tiff) colours() (func(pixel []int) [3]byte, error) {
	high := func(v int) int { // of eight bits
		if t.bits == 16 {
			return v >> 8
		}
		return v
	}
	photometric := t.one(tiffPhotometric, tiffBlackIsZero)
	least := map[int]int{tiffRGB: 3, tiffCMYK: 4}[photometric]
	if least > 0 && (t.samples < least || t.bits < 8) {
		return nil, damaged("%d samples of %d bits are no colour", t.samples, t.bits)
	}
	switch photometric {
	case tiffWhiteIsZero, tiffBlackIsZero:
		most := 1<<t.bits - 1
		return func(pixel []int) [3]byte {
			v := byte(0)
			if t.bits == 16 {
				v = clip(pixel[0]) // in Pillow neither scaled nor inverted
			} else if v = byte(pixel[0] * 255 / most); photometric == tiffWhiteIsZero {
				v = 255 - v
			}
			return [3]byte{v, v, v}
		}, nil
	case tiffRGB:
		premultiplied := t.samples > 3 && t.one(tiffExtra, 0) == 1
		return func(pixel []int) [3]byte {
			c := [3]byte{byte(high(pixel[0])), byte(high(pixel[1])), byte(high(pixel[2]))}
			if premultiplied {
				alpha := high(pixel[3])
				for i, v := range c {
					if c[i] = 0; alpha > 0 {
						c[i] = clip(255 * int(v) / alpha)
					}
				}
			}
			return c
		}, nil
	case tiffPalette:
		p, table := newPalette(), t.tags[tiffColours]
		n := len(table) / 3
		for i := range min(n, len(p)) {
			p[i] = [3]byte{byte(table[i] >> 8), byte(table[n+i] >> 8), byte(table[2*n+i] >> 8)}
		}
		if n == 0 || t.bits > 8 {
			return nil, damaged("it has no palette")
		}
		return func(pixel []int) [3]byte { return p[pixel[0]] }, nil
	case tiffCMYK:
		return func(pixel []int) (c [3]byte) {
			light := 255 - high(pixel[3])
			for i := range c {
				ink := high(pixel[i])*light + 128
				c[i] = clip(light - (ink>>8+ink)>>8)
			}
			return c
		}, nil
	}
	return nil, errors.Errorf("TIFF: colours of kind %d (photometric interpretation) are not read", photometric)
}

// turned is the picture as orientation says: 2 to 4 mirror it or turn it by half, 5 to
// 8 turn it by a quarter.
func turned(m canvas, orientation int) canvas {
	if orientation < 2 || orientation > 8 {
		return m
	}
	size := m.Rect.Size()
	w, h := size.X, size.Y
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	out := newCanvas(size)
	for y := range size.Y {
		for x := range size.X {
			fx, fy := x, y
			switch orientation {
			case 2:
				fx = w - 1 - x
			case 3:
				fx, fy = w-1-x, h-1-y
			case 4:
				fy = h - 1 - y
			case 5:
				fx, fy = y, x
			case 6:
				fx, fy = y, h-1-x
			case 7:
				fx, fy = w-1-y, h-1-x
			case 8:
				fx, fy = w-1-y, x
			}
			copy(out.Pix[y*out.Stride+4*x:][:4], m.Pix[fy*m.Stride+4*fx:])
		}
	}
	return out
}
