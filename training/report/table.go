package report

import (
	"html/template"
	"strconv"
	"strings"

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
	Text   string
	Number bool
}

func (t Table) html() (template.HTML, error) {
	head := make([]cell, len(t.Columns))
	named := false
	for i, name := range t.Columns {
		head[i] = cell{name, i > 0 && len(t.Rows) > 0}
		named = named || name != ""
	}
	for _, row := range t.Rows {
		if len(row) != len(head) {
			return "", errors.Errorf("report: table %q: want rows of %d cells, got %d", t.Caption, len(head), len(row))
		}
		for i, text := range row {
			head[i].Number = head[i].Number && isNumber(text)
		}
	}
	body := make([][]cell, len(t.Rows))
	for i, row := range t.Rows {
		for j, text := range row {
			body[i] = append(body[i], cell{text, head[j].Number})
		}
	}
	return render("table", struct {
		Caption string
		Named   bool
		Head    []cell
		Body    [][]cell
	}{t.Caption, named, head, body})
}

// isNumber tells whether a cell is a number, with a unit or a deviation perhaps,
// or empty.
func isNumber(text string) bool {
	words := strings.Fields(text)
	if len(words) == 0 {
		return true
	}
	_, err := strconv.ParseFloat(strings.NewReplacer(",", "", "%", "", "−", "-").Replace(words[0]), 64)
	return err == nil
}
