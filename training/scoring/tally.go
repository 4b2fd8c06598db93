package scoring

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/pkg/errors"
)

// Tally counts answers. It is for one goroutine at a time.
type Tally struct {
	classes   []tallied
	total     tallied
	confusion *Confusion
}

// tallied are numbers of examples: all, and those right in the top one and five.
type tallied struct{ n, top1, top5 int }

func (c *tallied) add(a Answer) {
	c.n++
	if a.Rank < 1 {
		c.top1++
	}
	if a.Rank < 5 {
		c.top5++
	}
}

func (c tallied) errors() (top1, top5 float64) {
	return 1 - float64(c.top1)/float64(c.n), 1 - float64(c.top5)/float64(c.n)
}

// NewTally counts for so many classes.
func NewTally(classes int) (*Tally, error) {
	c, err := NewConfusion(classes)
	if err != nil {
		return nil, err
	}
	return &Tally{classes: make([]tallied, classes), confusion: c}, nil
}

// Add counts an answer.
func (t *Tally) Add(a Answer) error {
	if t == nil {
		return errors.New("scoring: want a tally of NewTally, got nil")
	}
	n := len(t.classes)
	if min(a.Label, a.Predicted, a.Rank) < 0 || max(a.Label, a.Predicted, a.Rank) >= n || (a.Rank == 0) != (a.Label == a.Predicted) {
		return errors.Errorf("scoring: %+v is no answer about %d classes", a, n)
	}
	t.total.add(a)
	t.classes[a.Label].add(a)
	return t.confusion.Add(a.Label, a.Predicted, 1)
}

// Len is the number of answers.
func (t *Tally) Len() int { return t.total.n }

// Errors are the shares of examples, 0 to 1, whose class is not the first and
// not among the first five; NaN of no examples.
func (t *Tally) Errors() (top1, top5 float64) { return t.total.errors() }

// Confusion is which classes the answers took for which. It goes on counting with the
// tally.
func (t *Tally) Confusion() *Confusion { return t.confusion }

// WriteClasses writes a table as CSV, a line for each class: its number and
// name, its number of examples, the shares of them that are wrong in the top one
// and five, and the class that they are most often mistaken for, with how often.
func (t *Tally) WriteClasses(w io.Writer, names []string) error {
	if t == nil || t.confusion == nil {
		return errors.New("scoring: want a tally of NewTally, got one that is nil or empty")
	}
	if len(names) != len(t.classes) {
		return errors.Errorf("scoring: want %d names of classes, got %d", len(t.classes), len(names))
	}
	worst := map[int]Mistake{} // of each class that has some
	for _, m := range t.confusion.Mistakes() {
		if _, more := worst[m.Label]; !more {
			worst[m.Label] = m
		}
	}
	rows := [][]string{{"class", "name", "pictures", "top1_error", "top5_error", "mistaken_for", "times"}}
	share := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	for i, c := range t.classes {
		row := []string{strconv.Itoa(i), names[i], strconv.Itoa(c.n), "", "", "", ""}
		if c.n > 0 {
			top1, top5 := c.errors()
			row[3], row[4] = share(top1), share(top5)
		}
		if m, ok := worst[i]; ok {
			row[5], row[6] = names[m.Predicted], strconv.Itoa(m.Times)
		}
		rows = append(rows, row)
	}
	return errors.Wrap(csv.NewWriter(w).WriteAll(rows), "scoring")
}
