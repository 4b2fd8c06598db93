package raster

import (
	"bytes"
	"compress/zlib"
	"image"
	"io"
	"math/bits"

	"github.com/pkg/errors"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// blocks calls use with every strip or tile: where it lies, the bytes of its rows, and
// its samples by plane. Tiles may reach over the picture's edges.
func (t *tiff) blocks(use func(r image.Rectangle, stride int, planes [][]byte)) error {
	size := image.Pt(t.size.X, t.one(tiffRows, t.size.Y))
	offsets, counts := t.tags[tiffOffsets], t.tags[tiffCounts]
	tiled := t.tags[tiffTileOffsets] != nil
	if tiled {
		size = image.Pt(t.one(tiffTileWidth, 0), t.one(tiffTileHeight, 0))
		offsets, counts = t.tags[tiffTileOffsets], t.tags[tiffTileCounts]
		if size.X > t.size.X+1<<10 || size.Y > t.size.Y+1<<10 {
			return damaged("tiles of %dx%d", size.X, size.Y)
		}
	} else {
		size.Y = min(size.Y, t.size.Y)
	}
	if size.X < 1 || size.Y < 1 {
		return damaged("strips or tiles of %dx%d", size.X, size.Y)
	}
	across, down := (t.size.X+size.X-1)/size.X, (t.size.Y+size.Y-1)/size.Y
	if len(offsets) < across*down*t.planes {
		return damaged("%d strips or tiles of %d", len(offsets), across*down*t.planes)
	}
	perPixel := t.bits * t.samples / t.planes
	stride := (size.X*perPixel + 7) / 8
	for j := range down {
		for i := range across {
			r := image.Rectangle{Max: size}.Add(image.Pt(i*size.X, j*size.Y))
			if !tiled {
				r.Max.Y = min(r.Max.Y, t.size.Y)
			}
			var planes [][]byte
			for p := range t.planes {
				k := (p*down+j)*across + i
				packed, err := t.slice(offsets[k], counts, k)
				if err != nil {
					return err
				}
				rows, err := t.unpackBlock(packed, r, stride)
				if err != nil {
					return err
				}
				planes = append(planes, rows)
			}
			use(r, stride, planes)
		}
	}
	return nil
}

// slice is the bytes of block k. Where a file does not say how many there are, all to
// its end.
func (t *tiff) slice(offset int, counts []int, k int) ([]byte, error) {
	if offset < 0 || offset > len(t.data) {
		return nil, errCut
	}
	packed := t.data[offset:]
	if k < len(counts) && counts[k] >= 0 && counts[k] < len(packed) {
		packed = packed[:counts[k]]
	}
	return packed, nil
}

// unpackBlock makes rows of stride bytes.
func (t *tiff) unpackBlock(packed []byte, r image.Rectangle, stride int) ([]byte, error) {
	need := stride * r.Dy()
	var from io.Reader = bytes.NewReader(packed)
	compression := t.one(tiffCompression, 1)
	if t.one(tiffFillOrder, 1) == 2 && (compression <= 4 || compression == 32773) {
		reversed := make([]byte, len(packed))
		for i, b := range packed {
			reversed[i] = bits.Reverse8(b)
		}
		packed, from = reversed, bytes.NewReader(reversed)
	}
	switch compression {
	case 1:
		if len(packed) < need {
			return nil, errCut
		}
		if t.one(tiffPredictor, 1) == 1 {
			return packed[:need], nil
		}
	case 3, 4:
		form := ccitt.Group3
		if compression == 4 {
			form = ccitt.Group4
		}
		from = ccitt.NewReader(from, ccitt.MSB, form, r.Dx(), r.Dy(), &ccitt.Options{Invert: true})
	case 5:
		from = lzw.NewReader(from, lzw.MSB, 8)
	case 8, 32946:
		z, err := zlib.NewReader(from)
		if err != nil {
			return nil, damaged("its pixels cannot be inflated")
		}
		from = z
	case 32773:
		from = bytes.NewReader(unpackBits(packed, need))
	default:
		return nil, errors.Errorf("TIFF: compression %d is not read", compression)
	}
	rows := make([]byte, need)
	if _, err := io.ReadFull(from, rows); err != nil {
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errCut
		}
		return nil, damaged("its pixels cannot be unpacked")
	}
	return rows, t.predict(rows, r.Dx(), stride)
}

// predict undoes differences between neighbours in a row.
func (t *tiff) predict(rows []byte, width, stride int) error {
	predictor, samples := t.one(tiffPredictor, 1), t.samples/t.planes
	switch {
	case predictor == 1:
	case predictor != 2 || t.bits < 8:
		return errors.Errorf("TIFF: predictor %d of samples of %d bits is not read", predictor, t.bits)
	case t.bits == 8:
		for ; len(rows) >= stride; rows = rows[stride:] {
			for i := samples; i < width*samples; i++ {
				rows[i] += rows[i-samples]
			}
		}
	default:
		for ; len(rows) >= stride; rows = rows[stride:] {
			for i := samples; i < width*samples; i++ {
				t.order.PutUint16(rows[2*i:], t.order.Uint16(rows[2*i:])+t.order.Uint16(rows[2*(i-samples):]))
			}
		}
	}
	return nil
}

// unpackBits undoes run lengths, up to need bytes.
func unpackBits(packed []byte, need int) []byte {
	var out []byte
	for len(packed) > 1 && len(out) < need {
		n := int(int8(packed[0]))
		packed = packed[1:]
		switch {
		case n >= 0:
			n = min(n+1, len(packed))
			out, packed = append(out, packed[:n]...), packed[n:]
		case n > -128:
			out, packed = append(out, bytes.Repeat(packed[:1], 1-n)...), packed[1:]
		}
	}
	return out
}
