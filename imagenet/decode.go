package imagenet

import (
	"bytes"
	"image"
	_ "image/jpeg" // for image.Decode
	_ "image/png"
	"io"
	"os"

	"github.com/pkg/errors"
)

// MaxPixels is how large a picture may say it is before it is refused unread;
// the number is Pillow's.
const MaxPixels = 178_956_970

// pixelsPerByte bounds how small the file of a picture can be: eight pixels to a
// byte at best, which deflate shrinks a thousand times at best. A JPEG needs more.
const pixelsPerByte = 8 << 10

// Open reads a JPEG or PNG file; see Decode.
func Open(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Errorf("imagenet: %s is a folder, not a picture", path)
	}
	picture, err := decode(f)
	return picture, errors.Wrapf(err, "imagenet: %s", path)
}

// Decode reads a JPEG or PNG picture. The size that it declares is checked
// against MaxPixels, and against the bytes that there are, before memory is taken.
// A PNG has checksums: one that is damaged is an error. Of a JPEG wrong pixels
// cannot be told from right ones where it can be decoded to its end. An orientation noted in EXIF data is
// not applied: torchvision's loader does not either. A JPEG is always decoded at
// its full size: Go's decoder cannot leave out what a smaller one would not need.
func Decode(r io.Reader) (image.Image, error) {
	picture, err := decode(r)
	return picture, errors.Wrap(err, "imagenet")
}

func decode(r io.Reader) (image.Image, error) {
	var head bytes.Buffer
	config, _, err := image.DecodeConfig(io.TeeReader(r, &head))
	switch {
	case errors.Is(err, image.ErrFormat):
		return nil, errors.New("neither a JPEG nor a PNG picture")
	case err != nil:
		return nil, errors.Wrap(err, "damaged picture")
	case config.Width < 1 || config.Height < 1:
		return nil, errors.Errorf("a picture of %dx%d has no pixels", config.Width, config.Height)
	case int64(config.Width)*int64(config.Height) > MaxPixels:
		return nil, errors.Errorf("a picture of %dx%d is too large; at most %d pixels are read", config.Width, config.Height, MaxPixels)
	}
	least := int64(config.Width) * int64(config.Height) / pixelsPerByte
	if _, err := io.CopyN(&head, r, least-int64(head.Len())); err == io.EOF {
		return nil, errors.Errorf("damaged picture: %d bytes cannot hold %dx%d pixels", head.Len(), config.Width, config.Height)
	} else if err != nil {
		return nil, err
	}
	picture, _, err := image.Decode(io.MultiReader(&head, r))
	return picture, errors.Wrap(err, "damaged picture")
}
