package imagenet

import (
	"bufio"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// OpenManifest reads a table of pictures: a first line that names the columns
// path and label among any others, separated by commas or tabs, and a line for
// each picture. Paths are relative to the manifest's folder. Labels are names of
// classes, or numbers from 0 in their order. Where classes is nil, they are the
// labels that occur: the names, sorted, or, if all are numbers, 0 to the largest.
func OpenManifest(path string, classes []string) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	defer f.Close()
	s, err := parseManifest(f, classes)
	if err != nil {
		return nil, errors.Wrapf(err, "imagenet: %s", path)
	}
	if s.Folder, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, errors.Wrap(err, "imagenet")
	}
	return s, nil
}

func parseManifest(r io.Reader, classes []string) (*Set, error) {
	text := bufio.NewReader(r)
	if bom, err := text.Peek(3); err == nil && string(bom) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	table := csv.NewReader(text)
	if head, _ := text.Peek(4096); strings.Contains(firstLine(string(head)), "\t") {
		table.Comma, table.LazyQuotes = '\t', true
	}
	header, err := table.Read()
	if err == io.EOF {
		return nil, errors.New("the manifest is empty; want a first line path,label")
	}
	if err != nil {
		return nil, err
	}
	path, label := slices.Index(header, "path"), slices.Index(header, "label")
	if path < 0 || label < 0 {
		return nil, errors.Errorf("want columns path and label in the first line, got %.100q", header)
	}
	table.ReuseRecord = true
	s := &Set{}
	labels := []string{}
	names := map[string]string{} // one string for each label, however often it occurs
	for {
		row, err := table.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimSpace(row[label])
		if row[path] == "" || name == "" {
			line, _ := table.FieldPos(path)
			return nil, errors.Errorf("line %d lacks a path or a label", line)
		}
		if _, ok := names[name]; !ok {
			name = strings.Clone(name)
			names[name] = name
		}
		s.Files = append(s.Files, File{Path: filepath.FromSlash(strings.Clone(row[path]))})
		labels = append(labels, names[name])
	}
	if len(s.Files) == 0 {
		return nil, errors.New("the manifest lists no picture")
	}
	if s.Classes = slices.Clone(classes); classes == nil {
		if s.Classes, err = occurring(names); err != nil {
			return nil, err
		}
	}
	numbers, err := newNumbering(s.Classes, nil)
	if err != nil {
		return nil, err
	}
	for i, name := range labels {
		if s.Files[i].Label, err = numbers.label(name); err != nil {
			return nil, errors.Wrapf(err, "picture %d, %s", i+1, s.Files[i].Path)
		}
	}
	return s, nil
}

// occurring are the classes that labels speak of.
func occurring(names map[string]string) ([]string, error) {
	var classes []string
	most, numbers := 0, true
	for name := range names {
		classes = append(classes, name)
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 {
			numbers = false
		}
		most = max(most, n)
	}
	if !numbers {
		slices.Sort(classes)
		return classes, nil
	}
	if most >= maxClasses {
		return nil, errors.Errorf("label %d is too large; at most %d classes are possible", most, maxClasses)
	}
	classes = make([]string, most+1)
	for i := range classes {
		classes[i] = strconv.Itoa(i)
	}
	return classes, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
