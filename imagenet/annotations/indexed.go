package annotations

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"os"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// ReadLabels reads the labels of picture i from its LabelFile, or makes them of its objects' masks.
func (s *Set) ReadLabels(i int) (*Labels, error) {
	if i < 0 || i >= s.Len() {
		return nil, errors.Errorf("annotations: want a picture from 0 to %d, got %d", s.Len()-1, i)
	}
	p := &s.Pictures[i]
	if p.LabelFile == "" {
		targets, err := s.targets(i, p.Size)
		if err != nil {
			return nil, err
		}
		return LabelsOf(p.Size, targets)
	}
	l, err := readIndexed(s.path(p.LabelFile))
	if err != nil {
		return nil, err
	}
	most := len(s.Labels)
	if most == 0 {
		most = len(s.Categories) + 1
	}
	for at, v := range l.Pix {
		if int(v) >= most && v != Ignore {
			return nil, errors.Errorf("annotations: %s: pixel %d, %d is of class %d; want one of 0 to %d, or %d", printable.Name(s.path(p.LabelFile)), at%l.Width, at/l.Width, v, most-1, Ignore)
		}
	}
	return l, nil
}

// instances makes the masks of a picture's objects of its InstanceFile.
func (s *Set) instances(p *Picture) ([]*RLE, error) {
	l, err := readIndexed(s.path(p.InstanceFile))
	if err != nil {
		return nil, err
	}
	if l.Size != p.Size {
		return nil, errors.Errorf("annotations: %s has %dx%d pixels, its picture %dx%d", printable.Name(s.path(p.InstanceFile)), l.Width, l.Height, p.Width, p.Height)
	}
	masks := make([]*RLE, len(p.Objects))
	for k := range masks {
		if k+1 >= Ignore {
			break
		}
		mask := encode(l.Size, func(x, y int) bool { return l.Pix[y*l.Width+x] == uint8(k+1) })
		if len(mask.Runs) > 1 {
			masks[k] = mask
		}
	}
	return masks, nil
}

// readIndexed reads a PNG file whose pixels are numbers: of a palette, the colours of which do
// not count, or gray.
func readIndexed(path string) (*Labels, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "annotations")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Errorf("annotations: %s is no regular file", printable.Name(path))
	}
	l, err := DecodeLabels(f)
	return l, errors.Wrapf(err, "annotations: %s", printable.Name(path))
}

// DecodeLabels reads a PNG picture whose pixels are numbers: of a palette, the colours of which do
// not count, as VOC's, or gray.
func DecodeLabels(r io.ReadSeeker) (*Labels, error) {
	c, err := png.DecodeConfig(r)
	if err != nil {
		return nil, err
	}
	s := Size{c.Height, c.Width}
	if err := s.check(); err != nil {
		return nil, err
	}
	if _, ok := c.ColorModel.(color.Palette); !ok && c.ColorModel != color.GrayModel {
		return nil, errors.New("want the class of every pixel as a palette or gray picture of eight bits, got one of colours")
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := png.Decode(r)
	if err != nil {
		return nil, err
	}
	l := &Labels{s, make([]uint8, s.Height*s.Width)}
	for y := range s.Height {
		row := l.Pix[y*s.Width:][:s.Width]
		switch m := m.(type) {
		case *image.Paletted:
			copy(row, m.Pix[y*m.Stride:])
		case *image.Gray:
			copy(row, m.Pix[y*m.Stride:])
		default:
			return nil, errors.New("want the class of every pixel as a palette or gray picture of eight bits")
		}
	}
	return l, nil
}
