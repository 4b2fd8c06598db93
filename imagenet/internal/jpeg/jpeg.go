// Package jpeg reads JPEG files to the bytes that libjpeg-turbo 2.1 makes of them,
// in red, green and blue as Pillow converts them, and of a file no more pixels than
// are asked for.
//
// It follows ITU-T T.81 and, where that is silent, libjpeg: in upsampling, in
// guessing what the components are, and in what it makes of damaged data, which is
// a picture with warnings rather than an error as long as there is an end to it. All
// kinds are read that libjpeg reads: baseline, extended and progressive, Huffman and
// arithmetic coding, 8 bits a sample, one, three or four components of any whole
// ratio, in any scans.
package jpeg

import (
	"image"
	"slices"

	"github.com/pkg/errors"
)

// Image is a file whose header has been read. It may be used from many goroutines
// at once.
type Image struct {
	header
	data []byte
	scan int // where in data the first scan's coded units begin
}

// Is tells whether data begins as a JPEG file does.
func Is(data []byte) bool {
	return len(data) >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff
}

// Parse reads a file up to its first scan; data must not change while the Image is
// in use. Errors are lines for people that say what is damaged or not supported.
func Parse(data []byte) (*Image, error) {
	if !Is(data) {
		return nil, errors.New("no JPEG file")
	}
	m := &Image{data: data}
	m.reset()
	for at := 2; ; {
		marker, next := m.seek(data, at)
		var err error
		switch at = next; marker {
		case ends:
			return nil, errTruncated
		case endOfImage:
			return nil, damaged("there is no picture in it")
		default:
			if at, err = m.read(data, at, marker); err != nil {
				return nil, err
			}
		}
		if marker == startOfScan {
			m.guess()
			m.scan = at
			if err := m.check(); err != nil {
				return nil, err
			}
			return m, nil
		}
	}
}

// Size is the width and height of the picture.
func (m *Image) Size() image.Point { return m.size }

// Whole tells whether all coefficients of the picture must be kept, 2 bytes each,
// before any pixel is known: the file is progressive, or has a scan for each
// component.
func (m *Image) Whole() bool { return m.progressive || m.scans.n < len(m.components) }

// errTruncated is the error of a file whose end is missing.
var errTruncated = damaged("the file ends too early")

func damaged(what string) error {
	return errors.Errorf("damaged picture: %s", what)
}

// warnings are what was wrong but could be mended, each kind once.
type warnings []string

func (w *warnings) warn(what string) {
	if !slices.Contains(*w, what) {
		*w = append(slices.Clip(*w), what) // the header's are shared
	}
}
