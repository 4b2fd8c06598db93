package report

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// Table is a table with a caption. The first column names the rows; others of
// nothing but numbers stand to the right.
type Table struct {
	Caption string
	Columns []string   // without any names the table has no head
	Rows    [][]string // each of as many cells as there are columns
}

type cell struct {
	Text  string
	Class string // of the style sheet
}

// longWord is the length of a word, such as a path, from which on it may be broken
// anywhere.
const longWord = 24

func (t Table) html() (template.HTML, error) {
	head := make([]cell, len(t.Columns))
	numbers := make([]bool, len(t.Columns))
	headed := false
	for i, name := range t.Columns {
		numbers[i] = i > 0 && len(t.Rows) > 0
		headed = headed || name != ""
	}
	for _, row := range t.Rows {
		if len(row) != len(head) {
			return "", errors.Errorf("report: table %q: want rows of %d cells, got %d", t.Caption, len(head), len(row))
		}
		for i, text := range row {
			numbers[i] = numbers[i] && isNumber(text)
		}
	}
	class := func(column int, text string) string {
		switch {
		case numbers[column]:
			return "number"
		case slices.ContainsFunc(strings.Fields(text), func(word string) bool { return utf8.RuneCountInString(word) >= longWord }):
			return "long"
		}
		return ""
	}
	for i, name := range t.Columns {
		head[i] = cell{name, class(i, name)}
	}
	body := make([][]cell, len(t.Rows))
	for i, row := range t.Rows {
		for j, text := range row {
			body[i] = append(body[i], cell{text, class(j, text)})
		}
	}
	return render("table", struct {
		Caption string
		Headed  bool
		Head    []cell
		Body    [][]cell
	}{t.Caption, headed, head, body})
}

// isNumber tells whether a cell is a number, with a unit or a deviation perhaps, a
// length of time, or empty.
func isNumber(text string) bool {
	for _, word := range strings.Fields(text) {
		if word == "%" || word == "±" {
			continue
		}
		_, err := strconv.ParseFloat(strings.NewReplacer(",", "", "%", "", "−", "-").Replace(word), 64)
		if _, err2 := time.ParseDuration(word); err != nil && err2 != nil {
			return false
		}
	}
	return true
}
