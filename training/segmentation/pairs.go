package segmentation

import (
	"bufio"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// Pairs is a Source of files: a picture and its mask each.
type Pairs struct {
	Names []string // of the classes
	Files []Pair
}

// Pair is a picture and its mask, an image of a palette, whose numbers are the classes,
// or of gray.
type Pair struct{ Picture, Mask string }

// Len is the number of pairs.
func (p *Pairs) Len() int { return len(p.Files) }

// Classes are the names.
func (p *Pairs) Classes() []string { return p.Names }

// Scene reads a pair.
func (p *Pairs) Scene(i int) (image.Image, *image.Gray, error) {
	picture, err := imagenet.Open(p.Files[i].Picture)
	if err != nil {
		return nil, nil, err
	}
	mask, err := OpenMask(p.Files[i].Mask)
	if err != nil {
		return nil, nil, err
	}
	if a, b := picture.Bounds().Size(), mask.Rect.Size(); a != b {
		return nil, nil, errors.Errorf("segmentation: %s has %dx%d pixels, its picture %dx%d", p.Files[i].Mask, b.X, b.Y, a.X, a.Y)
	}
	for j, l := range mask.Pix {
		if int(l) >= len(p.Names) && l != Void {
			return nil, nil, errors.Errorf("segmentation: %s: pixel %d,%d is of class %d, and there are %d", p.Files[i].Mask, j%mask.Stride, j/mask.Stride, l, len(p.Names))
		}
	}
	return picture, mask, nil
}

// OpenMask reads a mask: of a palette the numbers of the colours, of gray the gray.
func OpenMask(path string) (*image.Gray, error) {
	m, err := imagenet.Open(path)
	if err != nil {
		return nil, err
	}
	b := m.Bounds()
	mask := image.NewGray(image.Rectangle{Max: b.Size()})
	var pixels []uint8
	stride := 0
	switch m := m.(type) {
	case *image.Paletted:
		pixels, stride = m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride
	case *image.Gray:
		pixels, stride = m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride
	default:
		return nil, errors.Errorf("segmentation: %s has colours of its own; a mask has a palette, or is gray, and its numbers are the classes", path)
	}
	for y := range b.Dy() {
		copy(mask.Pix[y*mask.Stride:][:b.Dx()], pixels[y*stride:])
	}
	return mask, nil
}

// OpenVOC lists a part, such as train or val, of Pascal VOC for segmentation, of which the
// folder has JPEGImages, SegmentationClass and ImageSets in it.
func OpenVOC(folder, part string) (*Pairs, error) {
	list := filepath.Join(folder, "ImageSets", "Segmentation", part+".txt")
	f, err := os.Open(list)
	if err != nil {
		return nil, errors.Wrap(err, "segmentation")
	}
	defer f.Close()
	p := &Pairs{Names: slices.Clone(VOC)}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			if name != filepath.Base(name) {
				return nil, errors.Errorf("segmentation: %s: %q is no name of a picture", list, name)
			}
			p.Files = append(p.Files, Pair{filepath.Join(folder, "JPEGImages", name+".jpg"), filepath.Join(folder, "SegmentationClass", name+".png")})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "segmentation: %s", list)
	}
	if len(p.Files) == 0 {
		return nil, errors.Errorf("segmentation: %s names no pictures", list)
	}
	return p, nil
}

// VOC are the classes of Pascal VOC, as torchvision spells them.
var VOC = []string{"__background__", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse",
	"motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"}

// OpenPairs lists the pictures of a folder that has images and masks in it, in the order
// of their names: the mask of images/NAME.jpg is masks/NAME.png. A picture without a mask,
// or a mask without a picture, is an error. The classes are yet to be named.
func OpenPairs(folder string) (*Pairs, error) {
	masks, err := stems(filepath.Join(folder, "masks"))
	if err != nil {
		return nil, err
	}
	pictures, err := stems(filepath.Join(folder, "images"))
	if err != nil {
		return nil, err
	}
	p, of := &Pairs{}, map[string]string{}
	for _, m := range masks {
		of[m.stem] = m.path
	}
	for _, f := range pictures {
		mask, ok := of[f.stem]
		if !ok {
			return nil, errors.Errorf("segmentation: %s has no mask %s", f.path, filepath.Join(folder, "masks", f.stem+".png"))
		}
		p.Files = append(p.Files, Pair{f.path, mask})
		delete(of, f.stem)
	}
	for _, m := range masks {
		if of[m.stem] != "" {
			return nil, errors.Errorf("segmentation: %s is the mask of no picture in %s", m.path, filepath.Join(folder, "images"))
		}
	}
	if len(p.Files) == 0 {
		return nil, errors.Errorf("segmentation: there are no pictures in %s", filepath.Join(folder, "images"))
	}
	return p, nil
}

// file is one of a folder.
type file struct{ stem, path string }

// stems lists the pictures of a folder by name.
func stems(folder string) (files []file, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, errors.Wrap(err, "segmentation")
	}
	for _, e := range entries {
		if e.IsDir() || !imagenet.IsPicture(e.Name()) {
			continue
		}
		f := file{strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), filepath.Join(folder, e.Name())}
		if n := len(files); n > 0 && files[n-1].stem == f.stem {
			return nil, errors.Errorf("segmentation: %s and %s have one name", files[n-1].path, f.path)
		}
		files = append(files, f)
	}
	return files, nil
}

// Subset is a part of a source: the pictures of those numbers.
type Subset struct {
	Source
	Of []int
}

// Len is the number of pictures.
func (s Subset) Len() int { return len(s.Of) }

// Scene is that of the part.
func (s Subset) Scene(i int) (image.Image, *image.Gray, error) { return s.Source.Scene(s.Of[i]) }

// CountPixels counts the pixels of each class, of all masks.
func CountPixels(s Source) ([]int, error) {
	counts := make([]int, len(s.Classes()))
	for i := range s.Len() {
		_, mask, err := s.Scene(i)
		if err != nil {
			return nil, err
		}
		for _, l := range mask.Pix {
			if int(l) < len(counts) {
				counts[l]++
			}
		}
	}
	return counts, nil
}
