package imagenet

import (
	"slices"
	"strings"
)

// What tables call the columns of pictures and of labels, best first; case, spaces, -
// and _ do not count.
var (
	pathColumns = []string{"path", "filepath", "imagepath", "imgpath", "filename", "imagename", "imgname", "file", "image", "img", "imageid", "imgid", "id"}
	anyColumns  = []string{"label", "labels", "class", "category", "target", "predictionstring"}
	nameColumns = []string{"classname", "labelname", "categoryname", "synset", "wnid"}
	idColumns   = []string{"classindex", "classidx", "classid", "labelindex", "labelidx", "labelid", "categoryindex", "categoryid", "targetindex"}
)

// columns is where a table has its pictures and its labels, -1 for nowhere.
type columns struct {
	path, label int
	as          reading
}

// findColumns looks for the columns in the first line of a table.
func findColumns(header []string) columns {
	plain := make([]string, len(header))
	for i, name := range header {
		plain[i] = plainName(name)
	}
	c := columns{path: find(plain, pathColumns)}
	for _, form := range []struct {
		names []string
		as    reading
	}{{anyColumns, asEither}, {idColumns, asNumber}, {nameColumns, asName}} {
		if c.label = find(plain, form.names); c.label >= 0 {
			c.as = form.as
			break
		}
	}
	return c
}

func plainName(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// find is the first of names that a header has.
func find(header, names []string) int {
	for _, name := range names {
		if i := slices.Index(header, name); i >= 0 {
			return i
		}
	}
	return -1
}

// separator is what parts the columns of a line: a tab, or else what there is more of
// outside of quotes, semicolons or commas; semicolons where there are as many, 0 for
// neither.
func separator(line string) rune {
	if strings.Contains(line, "\t") {
		return '\t'
	}
	commas, semicolons, quoted := 0, 0, false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			commas++
		case c == ';':
			semicolons++
		}
	}
	switch {
	case semicolons > 0 && semicolons >= commas:
		return ';'
	case commas > 0:
		return ','
	}
	return 0
}

// slashed is a path as systems with forward slashes write it.
func slashed(path string) string { return strings.ReplaceAll(path, `\`, "/") }
