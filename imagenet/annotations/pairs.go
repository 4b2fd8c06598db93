package annotations

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// OpenPairs reads two folders, of pictures and of the classes of their pixels: a PNG file of
// the same name for each, of a palette or gray, whose pixels are numbers below that of labels,
// or Ignore. labels are the names of the numbers, the background's among them; there must be
// one of each that occurs. Folders within are read too. Pictures without a mask are left out,
// and Warnings say how many; it is an error if none has one.
func OpenPairs(pictures, masks string, labels []string) (*Set, error) {
	if len(labels) < 1 || len(labels) > Ignore {
		return nil, errors.Errorf("annotations: want the names of 1 to %d classes of pixels, got %d", Ignore, len(labels))
	}
	pictures, err := filepath.Abs(pictures)
	if err != nil {
		return nil, errors.Wrap(err, "annotations")
	}
	if masks, err = filepath.Abs(masks); err != nil {
		return nil, errors.Wrap(err, "annotations")
	}
	names, err := pictureNames(pictures)
	if err != nil {
		return nil, err
	}
	s := &Set{Folder: pictures, Labels: labels}
	var bad faults
	for _, name := range names {
		mask := filepath.Join(masks, strings.TrimSuffix(name, filepath.Ext(name))+".png")
		if !isFile(mask) {
			bad.add("pictures have no mask and are left out", name)
			continue
		}
		s.Pictures = append(s.Pictures, Picture{ID: int64(len(s.Pictures) + 1), File: name, LabelFile: mask})
	}
	if len(s.Pictures) == 0 {
		return nil, errors.Errorf("annotations: %s has a mask of none of the %d pictures in %s: want PNG files of their names", printable.Name(masks), len(names), printable.Name(pictures))
	}
	s.Warnings = bad.lines(pictures)
	return s, nil
}

// endings are those of the files that count as pictures, in any case.
var endings = []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp", ".gif"}

// pictureNames lists the pictures in a folder and those within, sorted. Hidden files, and links
// to folders, are passed over.
func pictureNames(root string) ([]string, error) {
	var names []string
	var walk func(path string) error
	walk = func(path string) error {
		entries, err := os.ReadDir(filepath.Join(root, path))
		if err != nil {
			return errors.Wrap(printable.Error(err), "annotations")
		}
		for _, e := range entries {
			name := filepath.Join(path, e.Name())
			switch {
			case strings.HasPrefix(e.Name(), "."):
			case e.IsDir():
				if err := walk(name); err != nil {
					return err
				}
			case slices.Contains(endings, strings.ToLower(filepath.Ext(name))):
				names = append(names, name)
			}
		}
		return nil
	}
	if err := walk(""); err != nil {
		return nil, err
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil, errors.Errorf("annotations: %s has no pictures", printable.Name(root))
	}
	return names, nil
}
