package imagenet

import (
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Set is a list of labelled picture files. OpenFolder, OpenFlat and OpenManifest
// make one.
type Set struct {
	Folder  string   // what relative paths begin at
	Classes []string // names in label order
	Files   []File

	// Warnings are what is odd about the list, a line each, to be shown to people: classes
	// without a picture, files that were passed over.
	Warnings []string

	index string // file of the index that the list may be from; or empty
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
	return m, errors.Wrapf(err, "imagenet: %s", printable.Name(s.Path(i)))
}

// open reads picture i as far as needed to know its size and kind.
func (s *Set) open(i int) (source, error) {
	path := s.Path(i)
	if path == "" {
		return nil, errors.Errorf("imagenet: want a picture from 0 to %d, got %d", s.Len()-1, i)
	}
	// A pipe would be waited for, for ever.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Errorf("imagenet: %s is no regular file", printable.Name(path))
	}
	src, err := openSource(path)
	if s.index != "" && errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(s.index) // it lists what is gone
	}
	return src, err
}
