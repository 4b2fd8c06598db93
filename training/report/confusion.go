package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// Confusion tells how often examples of one class were taken for each: a heat map
// for up to 20 classes, a table of the most frequent mistakes for more.
type Confusion struct {
	Caption string
	Classes []string
	Counts  [][]int // [true class][predicted class]
}

// mapped is the number of classes that a heat map has room for, listed that of the
// mistakes in a table.
const mapped, listed = 20, 20

func (c Confusion) html() (template.HTML, error) {
	if len(c.Counts) != len(c.Classes) {
		return "", errors.Errorf("report: confusion: want a row for each of %d classes, got %d", len(c.Classes), len(c.Counts))
	}
	for i, row := range c.Counts {
		if len(row) != len(c.Classes) {
			return "", errors.Errorf("report: confusion: row %d: want %d counts, got %d", i, len(c.Classes), len(row))
		}
	}
	if len(c.Classes) > mapped {
		return c.list()
	}
	type cell struct {
		Share float64
		Text  string
		Count string
		Own   bool
	}
	type row struct {
		Class string
		Cells []cell
	}
	var rows []row
	for i, counts := range c.Counts {
		total := sum(counts)
		r := row{Class: c.Classes[i]}
		for j, n := range counts {
			share := float64(n) / float64(max(total, 1))
			text := strconv.FormatFloat(100*share, 'f', 0, 64)
			if n == 0 {
				text = ""
			}
			r.Cells = append(r.Cells, cell{share, text, fmt.Sprintf("%d of %d %s taken for %s", n, total, c.Classes[i], c.Classes[j]), i == j})
		}
		rows = append(rows, r)
	}
	return render("heat", struct {
		Caption string
		Classes []string
		Rows    []row
	}{c.Caption + " Rows: the true class; columns: what it was taken for; in % of the row.", c.Classes, rows})
}

// list is a table of the most frequent mistakes.
func (c Confusion) list() (template.HTML, error) {
	type mistake struct{ is, taken, n int }
	var mistakes []mistake
	for i, counts := range c.Counts {
		for j, n := range counts {
			if i != j && n > 0 {
				mistakes = append(mistakes, mistake{i, j, n})
			}
		}
	}
	if len(mistakes) == 0 {
		return Paragraph(c.Caption).html()
	}
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return cmp.Compare(b.n, a.n) })
	t := Table{Caption: c.Caption + " The most frequent mistakes.", Columns: []string{"true class", "taken for", "times", "of"}}
	for _, m := range mistakes[:min(len(mistakes), listed)] {
		t.Rows = append(t.Rows, []string{c.Classes[m.is], c.Classes[m.taken], strconv.Itoa(m.n), strconv.Itoa(sum(c.Counts[m.is]))})
	}
	return t.html()
}

func sum(counts []int) (n int) {
	for _, v := range counts {
		n += v
	}
	return n
}
