package imagenet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// ReadLabels reads the class names of a file; see ParseLabels. Where classes is
// not 0, any other number of names is an error.
func ReadLabels(path string, classes int) ([]string, error) {
	names, err := readLabels(path, false)
	if err != nil {
		return nil, err
	}
	if classes != 0 && len(names) != classes {
		return nil, errors.Errorf("imagenet: %s names %d classes, want %d", path, len(names), classes)
	}
	return names, nil
}

// ReadSynsets is ReadLabels for what data sets call the classes: the WordNet ids,
// n and eight digits, where the file has them. Of a table that is the column wnid,
// of a line its first word.
func ReadSynsets(path string) ([]string, error) { return readLabels(path, true) }

func readLabels(path string, synsets bool) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	defer f.Close()
	names, err := parseLabels(f, synsets)
	return names, errors.Wrapf(err, "imagenet: %s", printable.Name(path))
}

// maxLabels bounds what is read of a file of names, in bytes.
const maxLabels = 1 << 24

// ParseLabels reads class names in order of the class number, in UTF-8 or UTF-16, from
// one of
//
//   - lines with a name each,
//   - a table, separated by tabs, commas or semicolons, whose first line has the columns
//     index and name (or class_id, label and the like),
//   - the JSON class index {"0": ["n01440764", "tench"], ...}, or {"0": "tench", ...},
//   - the same as Python prints it, {0: 'tench', ...}, such as the
//     imagenet1000_clsidx_to_labels that is passed around,
//   - a list, ["tench", ...] in JSON or ['tench', ...] in Python,
//   - the config.json of a Hugging Face model, which has such an object as id2label.
//
// A name may occur twice, as crane and maillot do in ImageNet's.
func ParseLabels(r io.Reader) ([]string, error) {
	names, err := parseLabels(r, false)
	return names, errors.Wrap(err, "imagenet: labels")
}

func parseLabels(r io.Reader, synsets bool) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(plainText(r), maxLabels+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxLabels {
		return nil, errors.Errorf("more than %d bytes; that is no file of class names", maxLabels)
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return nil, errors.New("no class names in it")
	}
	if text[0] == '{' || text[0] == '[' {
		return jsonLabels(text, synsets)
	}
	header, _, _ := strings.Cut(string(text), "\n")
	if comma := separator(header); comma != 0 {
		var plain []string
		for _, name := range strings.Split(strings.ReplaceAll(header, `"`, ""), string(comma)) {
			plain = append(plain, plainName(name))
		}
		index, name := find(plain, indexColumns), find(plain, titleColumns)
		if id := find(plain, []string{"wnid", "synset", "synsetid"}); id >= 0 && synsets {
			name = id
		}
		if index >= 0 && name >= 0 && index != name {
			return tableLabels(text, comma, index, name)
		}
	}
	names := strings.Split(string(text), "\n")
	for i, name := range names {
		if names[i] = strings.TrimSpace(name); names[i] == "" {
			return nil, errors.Errorf("line %d is empty; want a class name a line", i+1)
		}
		if synsets && wordNet.MatchString(names[i]) {
			names[i] = names[i][:len("n01440764")]
		}
	}
	return names, nil
}

// What tables of classes call the columns of numbers and of names, best first.
var (
	indexColumns = append([]string{"index", "idx", "id", "number"}, idColumns...)
	titleColumns = []string{"name", "classname", "labelname", "categoryname", "label", "class", "category", "title"}
)

// wordNet is a line that begins with a WordNet id.
var wordNet = regexp.MustCompile(`^n\d{8}(\s|,|$)`)

func tableLabels(text []byte, comma rune, index, name int) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.TrimLeadingSpace = comma, comma == '\t', comma != '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i, row := range rows[1:] {
		number := strings.TrimSpace(row[index])
		if n, ok := integral(number); ok {
			number = strconv.Itoa(n)
		}
		if _, twice := names[number]; twice {
			return nil, errors.Errorf("row %d: class %.40s is named twice", i+2, printable.Name(number))
		}
		names[number] = row[name]
	}
	return inOrder(names)
}

func jsonLabels(text []byte, synsets bool) ([]string, error) {
	if !json.Valid(text) {
		if fromPython, err := pythonJSON(string(text)); err == nil && json.Valid(fromPython) {
			text = fromPython
		}
	}
	name := func(class string, entry json.RawMessage) (name string, err error) {
		var pair []string // WordNet id and name
		if json.Unmarshal(entry, &pair) == nil && len(pair) == 2 {
			if synsets {
				return pair[0], nil
			}
			return pair[1], nil
		}
		if json.Unmarshal(entry, &name) != nil {
			return "", errors.Errorf(`class %q: want a name or ["n01440764", "tench"], got %.40s`, class, entry)
		}
		return name, nil
	}
	names := map[string]string{}
	if text[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, err
		}
		for i, entry := range list {
			var err error
			if names[strconv.Itoa(i)], err = name(strconv.Itoa(i), entry); err != nil {
				return nil, err
			}
		}
		return inOrder(names)
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	if inner, ok := entries["id2label"]; ok { // of Hugging Face
		entries = nil
		if err := json.Unmarshal(inner, &entries); err != nil {
			return nil, errors.Wrap(err, "id2label")
		}
	}
	for index, entry := range entries {
		var err error
		if names[index], err = name(index, entry); err != nil {
			return nil, err
		}
	}
	return inOrder(names)
}

// inOrder lists the names of classes 0, 1, 2 and so on.
func inOrder(names map[string]string) ([]string, error) {
	out := make([]string, len(names))
	for i := range out {
		name, ok := names[strconv.Itoa(i)]
		switch {
		case !ok:
			return nil, errors.Errorf("%d classes, but none is numbered %d; want 0 to %d, each once", len(names), i, len(names)-1)
		case strings.TrimSpace(name) == "":
			return nil, errors.Errorf("class %d has no name", i)
		}
		out[i] = strings.TrimSpace(name)
	}
	if len(out) == 0 {
		return nil, errors.New("no class names in it")
	}
	return out, nil
}
