package imagenet

import (
	"bytes"
	"image"
	"io"
	"io/fs"
	"os"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// MaxPixels is how large a picture may say it is before it is refused unread;
// the number is Pillow's. A quarter of it is the most for a JPEG file whose
// coefficients must all be kept, such as a progressive one, which takes four times
// the memory.
const MaxPixels = 178_956_970

// maxWork bounds the scans of a progressive JPEG times its pixels: a scan goes over
// all of them and can take next to no bytes. Usual files have about ten.
const maxWork = 1 << 30

// maxFile is the most bytes that a file may have.
const maxFile = 1 << 28

// pixelsPerByte bounds how small the file of a picture can be: eight pixels to a
// byte at best, which deflate shrinks a thousand times at best. A JPEG needs more;
// other kinds have numbers of their own.
const pixelsPerByte = 8 << 10

// Open reads the file of a picture; see Decode.
func Open(path string) (image.Image, error) {
	src, err := openSource(path)
	if err != nil {
		return nil, err
	}
	m, err := pixels(src)
	return m, errors.Wrapf(err, "imagenet: %s", printable.Name(path))
}

// Decode reads a picture: JPEG, PNG, GIF (its first frame), BMP, WebP, TIFF, PBM, PGM
// or PPM, told by its contents. It becomes the bytes that Pillow, and so torchvision,
// makes of it. The size that a picture declares is checked against MaxPixels, and
// against the bytes that there are, before memory is taken. What has faults that
// Pillow overlooks is read: Examples warns of it. An orientation noted in EXIF data is
// not applied, one in a TIFF file is: torchvision's loader does the same.
func Decode(r io.Reader) (image.Image, error) {
	if r == nil {
		return nil, errors.New("imagenet: want a picture to decode, got nil")
	}
	src, err := readSource(r, 0)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	m, err := pixels(src)
	return m, errors.Wrap(printable.Error(err), "imagenet")
}

// pixels is the whole picture.
func pixels(src source) (image.Image, error) {
	if d, ok := src.(decoded); ok {
		return d.Image, nil
	}
	m, err := newPicture(src).Image()
	if err != nil {
		return nil, err
	}
	return m, nil
}

// openSource reads a file as far as needed to know its size and kind.
func openSource(path string) (source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		if info.IsDir() {
			return nil, errors.Errorf("imagenet: %s is a folder, not a picture", printable.Name(path))
		}
		if info.Mode()&fs.ModeDevice != 0 { // which may have no end
			return nil, errors.Errorf("imagenet: %s is a device, not a picture", printable.Name(path))
		}
		size = info.Size()
	}
	src, err := readSource(f, size)
	return src, errors.Wrapf(err, "imagenet: %s", printable.Name(path))
}

// readSource reads a file of the given size, as far as it is known.
func readSource(r io.Reader, size int64) (source, error) {
	var data bytes.Buffer
	if size <= maxFile {
		data.Grow(int(size) + bytes.MinRead)
		if _, err := data.ReadFrom(io.LimitReader(r, maxFile+1)); err != nil {
			return nil, err
		}
	}
	if max(size, int64(data.Len())) > maxFile {
		return nil, errors.Errorf("a file of more than %d MB is too large", maxFile>>20)
	}
	return load(data.Bytes())
}
