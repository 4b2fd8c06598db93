package annotations

import (
	"image"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Set is a list of pictures with the objects in them. OpenCOCO, OpenVOC, OpenPairs and
// Synthetic make one; it may be made by hand. It is not changed by reading it, which many
// goroutines may do at once.
type Set struct {
	Folder     string     // what relative paths of pictures and masks begin at
	Categories []Category // what objects are, in the order of their ids
	Pictures   []Picture  // in the order of their ids

	// Labels are the names of what a pixel may be, in the order of the numbers in Labels:
	// those of the background first, if the set has one. Without names the background and
	// then the categories count.
	Labels []string

	// Warnings are what is odd about the set, a line each with how often, to be shown to people:
	// annotations that were passed over, boxes that were cut.
	Warnings []string

	draw func(i int) *image.RGBA // of a set without files
}

// Category is a class of objects.
type Category struct {
	ID                  int64 // as files have it: COCO's 80 are numbered from 1 to 90
	Name, Supercategory string
}

// Picture is a picture and what is in it.
type Picture struct {
	ID   int64
	File string // absolute, or relative to the set's folder
	Size        // as the annotations have it; that of the file may differ
	// Objects are in the order of the file; a picture may have none.
	Objects []Object

	// LabelFile is a picture of the class of every pixel, InstanceFile one of the object, numbered
	// from 1 in the order of the objects in their file. Empty where there is none.
	LabelFile, InstanceFile string
}

// Object is a thing in a picture.
type Object struct {
	ID       int64 // of its annotation; from 1, in COCO's figures 0 can not be found
	Category int   // index in the set's Categories
	Box      Box
	Mask     Mask

	// Area is the number of pixels as the file has it: that of the mask where there is one. COCO's
	// figures for small, medium and large objects go by it.
	Area float64

	Crowd                bool // many objects under one mask: not trained on, forgiven in testing
	Difficult, Truncated bool // of VOC's files

	number int // in the picture's InstanceFile
}

// Mask is the pixels of an object, as the file has them: Polygons or RLE. An object
// without a mask has neither.
type Mask struct {
	Polygons Polygons
	RLE      *RLE
}

// None tells whether there is no mask.
func (m Mask) None() bool { return len(m.Polygons) == 0 && m.RLE == nil }

// Runs is the mask as RLE in a picture of that size, nil where there is none. A mask of another
// size is an error.
func (m Mask) Runs(s Size) (*RLE, error) {
	switch {
	case m.RLE != nil && m.RLE.Size != s:
		return nil, errors.Errorf("annotations: a mask of %dx%d is not of a picture of %dx%d", m.RLE.Width, m.RLE.Height, s.Width, s.Height)
	case m.RLE != nil:
		return m.RLE, nil
	case len(m.Polygons) == 0:
		return nil, nil
	}
	return m.Polygons.RLE(s)
}

// Detection is an object that was found.
type Detection struct {
	Picture  int // index in the set's Pictures
	Category int // index in the set's Categories
	Score    float64
	Box      Box
	Mask     *RLE // or nil

	// Area is what COCO's figures for small, medium and large objects go by if nothing is found
	// at its place; 0 means that of the mask when masks are compared and there is one, else of
	// the box.
	Area float64
}

// Len is the number of pictures.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.Pictures)
}

// Path is where picture i is, empty where the set has no such picture or draws it.
func (s *Set) Path(i int) string {
	if i < 0 || i >= s.Len() {
		return ""
	}
	return s.path(s.Pictures[i].File)
}

func (s *Set) path(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.Folder, file)
}

// Open decodes picture i as imagenet.Open does. A picture whose size is not that of its
// annotations is an error: boxes and masks would be beside the objects.
func (s *Set) Open(i int) (image.Image, error) {
	if i < 0 || i >= s.Len() {
		return nil, errors.Errorf("annotations: want a picture from 0 to %d, got %d", s.Len()-1, i)
	}
	if s.draw != nil {
		return s.draw(i), nil
	}
	path := s.Path(i)
	// A pipe would be waited for, for ever.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Errorf("annotations: %s is no regular file", printable.Name(path))
	}
	m, err := imagenet.Open(path)
	if err != nil {
		return nil, err
	}
	if b, want := m.Bounds(), s.Pictures[i].Size; want != (Size{}) && want != (Size{b.Dy(), b.Dx()}) {
		return nil, errors.Errorf("annotations: %s has %dx%d pixels, its annotations say %dx%d", printable.Name(path), b.Dx(), b.Dy(), want.Width, want.Height)
	}
	return m, nil
}
