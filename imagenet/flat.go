package imagenet

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// OpenFlat lists the pictures of a folder without classes in it, sorted by name,
// such as ImageNet's validation set as it is distributed. Their labels come from
// a file with a line for each, all of one form:
//
//   - a label, in the order of the sorted pictures,
//   - a picture's name, a space and its label,
//   - the name, a comma and the label, of which the first word counts; names may
//     lack the extension, and a first line ImageId,... is a heading.
//
// A label is the name of a class or its number. Numbers count from 0 in the order
// of classes; but those of the development kit's
// ILSVRC2012_validation_ground_truth.txt count from 1 in an order of its own, by
// ILSVRC2012_ID: synsets are the classes' names in that order, and nil for other
// files. It is an error if a picture has no label or a label no picture.
func OpenFlat(folder, truth string, classes, synsets []string) (*Set, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() && isPicture(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	f, err := os.Open(truth)
	if err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	defer f.Close()
	s, err := parseTruth(f, names, classes, synsets)
	if err != nil {
		return nil, errors.Wrapf(err, "imagenet: %s, for the %d pictures in %s", truth, len(names), folder)
	}
	if s.Folder, err = filepath.Abs(folder); err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	return s, nil
}

// parseTruth gives labels to the pictures of these names, sorted.
func parseTruth(r io.Reader, names, classes, synsets []string) (*Set, error) {
	numbers, err := newNumbering(classes, synsets)
	if err != nil {
		return nil, err
	}
	if len(classes) == 0 {
		return nil, errors.New("want the names of the classes, in label order, got none")
	}
	s := &Set{Classes: append([]string(nil), classes...), Files: make([]File, len(names))}
	place := make(map[string]int, 2*len(names))
	for i, name := range names {
		s.Files[i] = File{name, -1}
		place[strings.TrimSuffix(name, filepath.Ext(name))] = i
	}
	for i, name := range names { // a whole name wins
		place[name] = i
	}
	form, labels, line := "", 0, 0
	for lines := bufio.NewScanner(r); ; {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return nil, errors.Wrapf(err, "line %d", line+1)
			}
			break
		}
		line++
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || line == 1 && strings.HasPrefix(text, "ImageId,") {
			continue
		}
		name, label, as := truthLine(text)
		if form == "" {
			form = as
		}
		i, ok := labels, labels < len(names)
		if as != "a label" {
			i, ok = place[name]
		}
		switch {
		case as != form:
			return nil, errors.Errorf("line %d is %s, but those before are %s", line, as, form)
		case !ok && name == "":
			return nil, errors.Errorf("line %d is one more label than there are pictures", line)
		case !ok:
			return nil, errors.Errorf("line %d: there is no picture %.100q", line, name)
		case s.Files[i].Label >= 0:
			return nil, errors.Errorf("line %d: %s has a label already", line, names[i])
		}
		if s.Files[i].Label, err = numbers.label(label); err != nil {
			return nil, errors.Wrapf(err, "line %d", line)
		}
		labels++
	}
	if len(names) == 0 {
		return nil, errors.New("there are none")
	}
	for _, f := range s.Files {
		if f.Label < 0 {
			return nil, errors.Errorf("%d labels; the first picture without one is %s", labels, f.Path)
		}
	}
	return s, nil
}

// truthLine takes a line apart and says what form it has.
func truthLine(text string) (name, label, form string) {
	if name, rest, ok := strings.Cut(text, ","); ok {
		label, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
		return strings.TrimSpace(name), label, "a name, a comma and a label"
	}
	if i := strings.LastIndexAny(text, " \t"); i >= 0 {
		return strings.TrimSpace(text[:i]), text[i+1:], "a name and a label"
	}
	return "", text, "a label"
}
