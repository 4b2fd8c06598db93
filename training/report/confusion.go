package report

import (
	"fmt"
	"html/template"
	"strconv"

	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
)

// Confusion tells how often examples of one class were taken for each: a heat map
// for up to 20 classes, a table of the most frequent mistakes for more.
type Confusion struct {
	Caption string
	Classes []string
	Counts  *scoring.Confusion
}

// mapped is the number of classes that a heat map has room for, listed that of the
// mistakes in a table.
const mapped, listed = 20, 20

func (c Confusion) html() (template.HTML, error) {
	if c.Counts == nil || c.Counts.Classes() != len(c.Classes) {
		return "", errors.Errorf("report: confusion: want counts of the %d classes that have names", len(c.Classes))
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
	of := c.Counts.Of()
	for i, class := range c.Classes {
		r := row{Class: class}
		for j := range c.Classes {
			n, total := c.Counts.Count(i, j), of[i]
			share := float64(n) / float64(max(total, 1))
			text := strconv.FormatFloat(100*share, 'f', 0, 64)
			if n == 0 {
				text = ""
			}
			r.Cells = append(r.Cells, cell{share, text, fmt.Sprintf("%d of %d %s taken for %s", n, total, class, c.Classes[j]), i == j})
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
	mistakes, of := c.Counts.Mistakes(), c.Counts.Of()
	if len(mistakes) == 0 {
		return Paragraph(c.Caption).html()
	}
	t := Table{Caption: c.Caption + " The most frequent mistakes.", Columns: []string{"true class", "taken for", "times", "of"}}
	for _, m := range mistakes[:min(len(mistakes), listed)] {
		t.Rows = append(t.Rows, []string{c.Classes[m.Label], c.Classes[m.Predicted], strconv.Itoa(m.Times), strconv.Itoa(of[m.Label])})
	}
	return t.html()
}
