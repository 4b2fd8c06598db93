package imagenet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// OpenFlat lists the pictures of a folder without classes in it, sorted by name,
// such as ImageNet's validation set as it is distributed. Their labels come from
// a file with a line for each, all of one form:
//
//   - a label, in the order of the sorted pictures,
//   - a picture's name, a space and its label,
//   - the same separated by a tab, comma or semicolon, with columns after them that do
//     not count, as in Tiny ImageNet's val_annotations.txt; of a label the first word
//     counts where the whole is none, as in Kaggle's tables.
//
// Names may lack the extension, or have folders before them. A first line may name the
// columns, as a manifest's does (see OpenManifest).
//
// A label is the name of a class or its number, all of a file the one or the other.
// Numbers count from 0 in the order of classes; but those of the development kit's
// ILSVRC2012_validation_ground_truth.txt count from 1 in an order of its own, by
// ILSVRC2012_ID: synsets are the classes' names in that order, and nil for other
// files. It is an error if a picture has no label or a label no picture, and if numbers
// have neither 0 nor the number of classes among them, so that they could count from 0
// or from 1; a first line with class_index says that it is 0.
func OpenFlat(folder, truth string, classes, synsets []string) (*Set, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	var names []string
	passed := junk{}
	for _, entry := range entries {
		switch {
		case passed.is(entry.Name()):
		case !entry.IsDir() && IsPicture(entry.Name()):
			names = append(names, entry.Name())
		}
	}
	f, err := os.Open(truth)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	defer f.Close()
	s, err := parseTruth(f, names, classes, synsets)
	if err != nil {
		return nil, errors.Wrapf(err, "imagenet: %s, for the %d pictures in %s", printable.Name(truth), len(names), printable.Name(folder))
	}
	passed.warn(s)
	if s.Folder, err = filepath.Abs(folder); err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	return s, nil
}

// truth is a file of labels as it is read.
type truth struct {
	set     *Set
	place   map[string]int // of pictures, by name, with and without ending
	numbers numbering
	form    rune // what parts a line: a separator or a space, or 0 for a label alone
	at      columns
	whole   labels // with all their words
	first   labels // their first words
	each    []int  // which of the labels a picture has, -1 for none yet
	seen    int
}

// parseTruth gives labels to the pictures of these names, sorted.
func parseTruth(r io.Reader, names, classes, synsets []string) (*Set, error) {
	if len(classes) == 0 {
		return nil, errors.New("want the names of the classes, in label order, got none")
	}
	t := &truth{
		set:     &Set{Classes: append([]string(nil), classes...), Files: make([]File, len(names))},
		place:   make(map[string]int, 2*len(names)),
		numbers: newNumbering(classes, synsets),
		at:      columns{path: 0, label: 1},
		each:    make([]int, len(names)),
	}
	t.numbers.guess = true
	for i, name := range names {
		t.set.Files[i] = File{name, -1}
		t.place[strings.TrimSuffix(name, filepath.Ext(name))] = i
		t.each[i] = -1
	}
	for i, name := range names { // a whole name wins
		t.place[name] = i
	}
	begun, line := false, 0
	lines := bufio.NewScanner(plainText(r))
	for lines.Scan() {
		line++
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if !begun {
			begun = true
			if t.form = t.formOf(text); t.header(text) {
				continue
			}
		}
		if err := t.line(text, line); err != nil {
			return nil, errors.Wrapf(err, "line %d", line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "line %d", line+1)
	}
	return t.finish()
}

// formOf says how a line is parted. A label alone can have commas and spaces in it.
func (t *truth) formOf(text string) rune {
	if _, ok := t.numbers.classes[text]; ok {
		return 0
	}
	if s := separator(text); s != 0 {
		return s
	}
	if strings.ContainsRune(text, ' ') {
		return ' '
	}
	return 0
}

var formNames = map[rune]string{
	0: "a label", ' ': "a name and a label", '\t': "a name, a tab and a label", ',': "a name, a comma and a label", ';': "a name, a semicolon and a label",
}

// fields takes a line apart.
func (t *truth) fields(text string) ([]string, error) {
	switch t.form {
	case 0:
		return []string{text}, nil
	case ' ': // within names there can be some
		first, rest, _ := strings.Cut(text, " ")
		if _, ok := t.find(first); ok {
			label, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return []string{first, label}, nil
		}
		i := strings.LastIndex(text, " ")
		return []string{strings.TrimSpace(text[:i]), text[i+1:]}, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.TrimLeadingSpace = t.form, true, t.form != '\t'
	fields, err := r.Read()
	if err != nil {
		return nil, err
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, nil
}

// header says whether the first line names the columns, and takes note of them.
func (t *truth) header(text string) bool {
	fields, err := t.fields(text)
	if err != nil {
		return false
	}
	at := findColumns(fields)
	if at.path < 0 && at.label < 0 {
		return false
	}
	for _, f := range fields {
		_, picture := t.find(f)
		_, class := t.numbers.classes[f]
		if picture || class {
			return false
		}
	}
	if t.at.as = at.as; t.form == 0 {
		return true
	}
	switch {
	case at.path < 0:
		at.path = 1 - min(at.label, 1)
	case at.label < 0:
		at.label = 1 - min(at.path, 1)
	}
	t.at = at
	return true
}

// find is the picture of a name, in a folder or not.
func (t *truth) find(name string) (int, bool) {
	name = slashed(name)
	i, ok := t.place[name]
	if !ok {
		i, ok = t.place[path.Base(name)]
	}
	return i, ok
}

// line takes in one label.
func (t *truth) line(text string, number int) error {
	if form := t.formOf(text); form != t.form && (t.form == 0 || !strings.ContainsRune(text, t.form)) {
		return errors.Errorf("it is %s, but those before are %s", formNames[form], formNames[t.form])
	}
	fields, err := t.fields(text)
	if err != nil {
		return err
	}
	i, ok, label := t.seen, t.seen < len(t.each), text
	if t.form != 0 {
		if len(fields) <= max(t.at.path, t.at.label) {
			return errors.Errorf("want a name and a label, got %.100q", text)
		}
		label = fields[t.at.label]
		i, ok = t.find(fields[t.at.path])
	}
	switch {
	case !ok && t.form == 0:
		return errors.New("one more label than there are pictures")
	case !ok:
		return errors.Errorf("there is no picture %.100q", fields[t.at.path])
	case t.each[i] >= 0:
		return errors.Errorf("%s has a label already", printable.Name(t.set.Files[i].Path))
	case label == "":
		return errors.Errorf("%s has an empty label", printable.Name(t.set.Files[i].Path))
	}
	where := func() string { return fmt.Sprintf("line %d", number) }
	t.whole.add(label, where)
	word, _, _ := strings.Cut(label, " ")
	t.first.add(word, where)
	t.each[i] = t.whole.known[label]
	t.seen++
	return nil
}

// finish gives the labels their numbers.
func (t *truth) finish() (*Set, error) {
	if len(t.each) == 0 {
		return nil, errors.New("there are none")
	}
	for i, k := range t.each {
		if k < 0 {
			return nil, errors.Errorf("%d labels; the first picture without one is %s", t.seen, printable.Name(t.set.Files[i].Path))
		}
	}
	classOf, err := t.numbers.read(t.whole, t.at.as)
	if err != nil && t.form != 0 && t.form != ' ' && len(t.first.texts) > 0 {
		if byFirst, second := t.numbers.read(t.first, t.at.as); second == nil {
			classOf, err = make([]int32, len(t.whole.texts)), nil
			for i, label := range t.whole.texts {
				word, _, _ := strings.Cut(label, " ")
				classOf[i] = byFirst[t.first.known[word]]
			}
		}
	}
	if err != nil {
		return nil, err
	}
	for i, k := range t.each {
		t.set.Files[i].Label = classOf[k]
	}
	t.set.warnEmpty()
	return t.set, nil
}
