package scoring

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// maxClasses bounds what is counted.
const maxClasses = 1 << 20

// Confusion counts how often examples of a class were taken for each. It takes memory
// for the pairs that occur, which are few of all. It is for one goroutine at a time.
type Confusion struct {
	classes int
	counts  map[pair]int
}

// pair is a right and a predicted class.
type pair struct{ label, predicted int }

// NewConfusion counts for so many classes.
func NewConfusion(classes int) (*Confusion, error) {
	if classes < 1 || classes > maxClasses {
		return nil, errors.Errorf("scoring: want 1 to %d classes, got %d", maxClasses, classes)
	}
	return &Confusion{classes, map[pair]int{}}, nil
}

// Classes is the number of classes.
func (c *Confusion) Classes() int { return c.classes }

// Add counts so many examples of the class label that were taken for the class predicted.
func (c *Confusion) Add(label, predicted, times int) error {
	if c == nil {
		return errors.New("scoring: want a count of NewConfusion, got nil")
	}
	if min(label, predicted) < 0 || max(label, predicted) >= c.classes || times < 0 {
		return errors.Errorf("scoring: want classes from 0 to %d, got %d taken for %d, %d times", c.classes-1, label, predicted, times)
	}
	if times > 0 {
		c.counts[pair{label, predicted}] += times
	}
	return nil
}

// Count is how many examples of a class were taken for another, or for the right one.
func (c *Confusion) Count(label, predicted int) int { return c.counts[pair{label, predicted}] }

// Of is how many examples of each class there are.
func (c *Confusion) Of() []int {
	totals := make([]int, c.classes)
	for p, n := range c.counts {
		totals[p.label] += n
	}
	return totals
}

// Mistake is a class that was taken for another, so many times.
type Mistake struct{ Label, Predicted, Times int }

// Mistakes are the pairs of different classes that occurred, the most frequent first and
// of the same number in the order of classes.
func (c *Confusion) Mistakes() []Mistake {
	var out []Mistake
	for _, p := range c.pairs() {
		if p.label != p.predicted {
			out = append(out, Mistake{p.label, p.predicted, c.counts[p]})
		}
	}
	slices.SortStableFunc(out, func(a, b Mistake) int { return cmp.Compare(b.Times, a.Times) })
	return out
}

// Write writes a table as CSV, a line for every pair of classes that occurred, in their
// order: the right one, the predicted one, how often.
func (c *Confusion) Write(w io.Writer) error {
	if c == nil {
		return errors.New("scoring: want a count of NewConfusion, got nil")
	}
	rows := [][]string{{"class", "predicted", "times"}}
	for _, p := range c.pairs() {
		rows = append(rows, []string{strconv.Itoa(p.label), strconv.Itoa(p.predicted), strconv.Itoa(c.counts[p])})
	}
	return errors.Wrap(csv.NewWriter(w).WriteAll(rows), "scoring")
}

// pairs are those that occurred, in order.
func (c *Confusion) pairs() []pair {
	pairs := make([]pair, 0, len(c.counts))
	for p := range c.counts {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.predicted, b.predicted))
	})
	return pairs
}
