package imagenet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
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

// ParseLabels reads class names in order of the class number, from one of
//
//   - lines with a name each,
//   - a table, separated by tabs or commas, whose first line has the columns index
//     and name,
//   - the JSON class index {"0": ["n01440764", "tench"], ...}, or {"0": "tench", ...}.
func ParseLabels(r io.Reader) ([]string, error) {
	names, err := parseLabels(r, false)
	return names, errors.Wrap(err, "imagenet: labels")
}

func parseLabels(r io.Reader, synsets bool) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxLabels+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxLabels {
		return nil, errors.Errorf("more than %d bytes; that is no file of class names", maxLabels)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return nil, errors.New("no class names in it")
	}
	if text[0] == '{' {
		return jsonLabels(text, synsets)
	}
	header, _, _ := strings.Cut(string(text), "\n")
	for _, comma := range "\t," {
		columns := strings.Split(strings.ToLower(strings.ReplaceAll(strings.TrimSpace(header), `"`, "")), string(comma))
		index, name := slices.Index(columns, "index"), slices.Index(columns, "name")
		if id := slices.Index(columns, "wnid"); id >= 0 && synsets {
			name = id
		}
		if index >= 0 && name >= 0 {
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

// wordNet is a line that begins with a WordNet id.
var wordNet = regexp.MustCompile(`^n\d{8}(\s|$)`)

func tableLabels(text []byte, comma rune, index, name int) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes = comma, comma == '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i, row := range rows[1:] {
		if _, twice := names[row[index]]; twice {
			return nil, errors.Errorf("row %d: class %s is named twice", i+2, row[index])
		}
		names[row[index]] = row[name]
	}
	return inOrder(names)
}

func jsonLabels(text []byte, synsets bool) ([]string, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for index, entry := range entries {
		var name string
		var pair []string // WordNet id and name
		if json.Unmarshal(entry, &pair) == nil && len(pair) == 2 {
			if name = pair[1]; synsets {
				name = pair[0]
			}
		} else if json.Unmarshal(entry, &name) != nil {
			return nil, errors.Errorf(`class %q: want a name or ["n01440764", "tench"], got %.40s`, index, entry)
		}
		names[index] = name
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
