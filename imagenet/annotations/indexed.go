package annotations

import (
	"image"
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
	for k, o := range p.Objects {
		if o.number < 1 || o.number >= Ignore {
			continue
		}
		mask := encode(l.Size, l.bounds(), func(x, y int) bool { return int(l.Pix[y*l.Width+x]) == o.number })
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

// DecodeLabels reads a PNG picture whose pixels are numbers: of a palette, the colours of which
// do not count, as VOC's, or gray.
func DecodeLabels(r io.ReadSeeker) (*Labels, error) {
	if r == nil {
		return nil, errors.New("annotations: want a picture to decode, got nil")
	}
	c, err := png.DecodeConfig(r)
	if err != nil {
		return nil, plain(err)
	}
	s := Size{c.Height, c.Width}
	if err := s.check(); err != nil {
		return nil, err
	}
	depth := make([]byte, 1) // bits of a pixel: the decoder spreads gray of few to the whole range
	if _, err := r.Seek(24, io.SeekStart); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(r, depth); err != nil {
		return nil, plain(err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := png.Decode(r)
	if err != nil {
		return nil, plain(err)
	}
	l := &Labels{s, make([]uint8, s.Height*s.Width)}
	for y := range s.Height {
		row := l.Pix[y*s.Width:][:s.Width]
		switch m := m.(type) {
		case *image.Paletted:
			copy(row, m.Pix[y*m.Stride:])
		case *image.Gray:
			for x, v := range m.Pix[y*m.Stride:][:s.Width] {
				row[x] = v / (255 / (1<<min(depth[0], 8) - 1))
			}
		default:
			return nil, errors.New("want the number of every pixel as a palette or gray picture of eight bits, got one of colours")
		}
	}
	return l, nil
}
