package imagenet

import (
	"image"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pkg/errors"
)

// Set is a list of labelled picture files. OpenFolder, OpenFlat and OpenManifest
// make one.
type Set struct {
	Folder  string   // what relative paths begin at
	Classes []string // names in label order
	Files   []File
}

// File is a picture on disk.
type File struct {
	Path  string // absolute, or relative to the set's folder
	Label int32  // index of its class
}

// maxClasses bounds labels that are numbers.
const maxClasses = 1 << 20

// Len returns the number of pictures.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.Files)
}

// Path returns where picture i is, or "" if the set has no such picture.
func (s *Set) Path(i int) string {
	if i < 0 || i >= s.Len() {
		return ""
	}
	if path := s.Files[i].Path; filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Folder, s.Files[i].Path)
}

// Open decodes picture i, as Open does. What is no regular file is an error.
func (s *Set) Open(i int) (image.Image, error) {
	src, err := s.open(i)
	if err != nil {
		return nil, err
	}
	m, err := pixels(src)
	return m, errors.Wrapf(err, "imagenet: %s", s.Path(i))
}

// open reads picture i as far as needed to know its size and kind.
func (s *Set) open(i int) (source, error) {
	path := s.Path(i)
	if path == "" {
		return nil, errors.Errorf("imagenet: want a picture from 0 to %d, got %d", s.Len()-1, i)
	}
	// A pipe would be waited for, for ever.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Errorf("imagenet: %s is no regular file", path)
	}
	return openSource(path)
}

// numbering turns the labels of text files into numbers.
type numbering struct {
	classes map[string]int32
	n       int
	synsets []string // of the numbers 1, 2, ...; nil where numbers are labels
}

func newNumbering(classes, synsets []string) (numbering, error) {
	n := numbering{make(map[string]int32, len(classes)), len(classes), synsets}
	for i, name := range classes {
		if _, twice := n.classes[name]; twice {
			return n, errors.Errorf("class %q is named twice", name)
		}
		n.classes[name] = int32(i)
	}
	return n, nil
}

// label is that of a class's name or number.
func (n numbering) label(text string) (int32, error) {
	if label, ok := n.classes[text]; ok {
		return label, nil
	}
	number, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, errors.Errorf("%q is none of the %d classes", text, n.n)
	case n.synsets == nil && (number < 0 || number >= n.n):
		return 0, errors.Errorf("label %d is not from 0 to %d; if numbers count from 1 in an order of their own, as the development kit's do, say which with Synsets", number, n.n-1)
	case n.synsets == nil:
		return int32(number), nil
	case number < 1 || number > len(n.synsets):
		return 0, errors.Errorf("label %d is not from 1 to %d, the number of Synsets", number, len(n.synsets))
	}
	label, ok := n.classes[n.synsets[number-1]]
	if !ok {
		return 0, errors.Errorf("label %d is synset %q, which is none of the %d classes", number, n.synsets[number-1], n.n)
	}
	return label, nil
}
