package imagenet

import (
	"bufio"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// OpenManifest reads a table of pictures: a first line that names the columns, path and
// label among any others, and a line for each picture. They are separated by commas,
// semicolons or tabs; the text is UTF-8 or UTF-16. For path a table may have filename,
// file, image, ImageId and the like, for label class, category or target.
//
// Paths are relative to the manifest's folder; backslashes count as slashes, and where
// the ending is left out it is looked for. Labels are names of classes, or numbers from
// 0 in their order, which may be written 3.0: one or the other in all of the file. Where
// that cannot be told, class_name or class_index as the column's name decides. Where
// classes is nil, they are the labels that occur: the names, sorted, or, if all are
// numbers, 0 to the largest.
func OpenManifest(path string, classes []string) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	defer f.Close()
	s, err := parseManifest(f, classes)
	if err != nil {
		return nil, errors.Wrapf(err, "imagenet: %s", printable.Name(path))
	}
	if s.Folder, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	s.complete()
	return s, nil
}

// complete adds the endings that paths lack.
func (s *Set) complete() {
	for i := range s.Files {
		if IsPicture(s.Files[i].Path) {
			continue
		}
		path := s.Path(i)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		for _, ending := range append([]string{".JPEG"}, extensions...) {
			if _, err := os.Stat(path + ending); err == nil {
				s.Files[i].Path += ending
				break
			}
		}
	}
}

func parseManifest(r io.Reader, classes []string) (*Set, error) {
	text := bufio.NewReaderSize(plainText(r), 1<<16)
	head, _ := text.Peek(1 << 14)
	first, _, _ := strings.Cut(strings.TrimLeft(string(head), " \n"), "\n")
	table := csv.NewReader(text)
	switch table.Comma = separator(first); table.Comma {
	case '\t':
		table.LazyQuotes = true
	case 0:
		table.Comma = ','
		fallthrough
	default:
		table.TrimLeadingSpace = true
	}
	header, err := table.Read()
	if err == io.EOF {
		return nil, errors.New("the manifest is empty; want a first line path,label")
	}
	if err != nil {
		return nil, err
	}
	at := findColumns(header)
	if at.path < 0 || at.label < 0 {
		return nil, errors.Errorf("want columns path and label in the first line (or filename, file, image, ImageId and class, category, target), got %.100q", header)
	}
	predictions := plainName(header[at.label]) == "predictionstring"
	table.ReuseRecord = true
	s, of := &Set{}, labels{}
	var each []int // which of the labels
	for {
		row, err := table.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		path, label := strings.TrimSpace(row[at.path]), strings.TrimSpace(row[at.label])
		if predictions { // and the box that follows the label
			label, _, _ = strings.Cut(label, " ")
		}
		line, _ := table.FieldPos(at.path)
		if path == "" || label == "" {
			return nil, errors.Errorf("line %d lacks a path or a label", line)
		}
		if table.Comma == '\t' && strings.ContainsAny(path+label, "\n") {
			return nil, errors.Errorf("line %d: a quotation mark is not closed", line)
		}
		if _, ok := of.known[label]; !ok {
			n, clone := len(s.Files)+1, strings.Clone(path)
			of.add(strings.Clone(label), func() string { return errors.Errorf("picture %d, %s", n, printable.Name(clone)).Error() })
		}
		s.Files = append(s.Files, File{Path: filepath.FromSlash(slashed(strings.Clone(path)))})
		each = append(each, of.known[label])
	}
	if len(s.Files) == 0 {
		return nil, errors.New("the manifest lists no picture")
	}
	if s.Classes = slices.Clone(classes); classes == nil {
		if s.Classes, err = of.occurring(at.as); err != nil {
			return nil, err
		}
		if _, numbers := number(of.texts[0]); numbers && at.as == asEither {
			at.as = asNumber
		}
	}
	classOf, err := newNumbering(s.Classes, nil).read(of, at.as)
	if err != nil {
		return nil, err
	}
	for i, k := range each {
		s.Files[i].Label = classOf[k]
	}
	s.warnEmpty()
	return s, nil
}
