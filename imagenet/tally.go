package imagenet

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// Answer is what a network's scores for a picture amount to.
type Answer struct {
	Label     int // the right class
	Predicted int // the class of the highest score
	Rank      int // classes that come before the right one; 0 is right, below 5 right in the top five
}

// Judge compares scores [Classes] with the right class. Of equal scores the lower
// class comes first.
func Judge(label int, scores []float32) (Answer, error) {
	if label < 0 || label >= len(scores) {
		return Answer{}, errors.Errorf("imagenet: want a label from 0 to %d, got %d", len(scores)-1, label)
	}
	a := Answer{Label: label}
	for c, v := range scores {
		if math.IsNaN(float64(v)) {
			return Answer{}, errors.Errorf("imagenet: the score of class %d is no number", c)
		}
		if v > scores[a.Predicted] {
			a.Predicted = c
		}
		if v > scores[label] || v == scores[label] && c < label {
			a.Rank++
		}
	}
	return a, nil
}

// Tally counts answers. It is for one goroutine at a time.
type Tally struct {
	classes []tallied
	total   tallied
	// wrong counts mistakes by right and predicted class. Of the table's places
	// few are ever used.
	wrong map[[2]int]int
}

// tallied are numbers of pictures: all, and those right in the top one and five.
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

// NewTally counts for so many classes.
func NewTally(classes int) (*Tally, error) {
	if classes < 1 || classes > maxClasses {
		return nil, errors.Errorf("imagenet: want 1 to %d classes, got %d", maxClasses, classes)
	}
	return &Tally{classes: make([]tallied, classes), wrong: map[[2]int]int{}}, nil
}

// Add counts an answer.
func (t *Tally) Add(a Answer) error {
	n := len(t.classes)
	if min(a.Label, a.Predicted, a.Rank) < 0 || max(a.Label, a.Predicted, a.Rank) >= n || (a.Rank == 0) != (a.Label == a.Predicted) {
		return errors.Errorf("imagenet: %+v is no answer about %d classes", a, n)
	}
	t.total.add(a)
	t.classes[a.Label].add(a)
	if a.Rank > 0 {
		t.wrong[[2]int{a.Label, a.Predicted}]++
	}
	return nil
}

// Len is the number of answers.
func (t *Tally) Len() int { return t.total.n }

// Errors are the shares of pictures, 0 to 1, whose class is not the first and
// not among the first five; NaN of no pictures.
func (t *Tally) Errors() (top1, top5 float64) { return t.total.errors() }

func (c tallied) errors() (top1, top5 float64) {
	return 1 - float64(c.top1)/float64(c.n), 1 - float64(c.top5)/float64(c.n)
}

// Confusion is how many pictures of a class were taken for another, or for the
// right one.
func (t *Tally) Confusion(label, predicted int) int {
	if label == predicted && label >= 0 && label < len(t.classes) {
		return t.classes[label].top1
	}
	return t.wrong[[2]int{label, predicted}]
}

// WriteClasses writes a table as CSV, a line for each class: its number and
// name, its number of pictures, the shares of them that are wrong in the top one
// and five, and the class that they are most often mistaken for, with how often.
func (t *Tally) WriteClasses(w io.Writer, names []string) error {
	if len(names) != len(t.classes) {
		return errors.Errorf("imagenet: want %d names of classes, got %d", len(t.classes), len(names))
	}
	worst := make([]int, len(t.classes)) // -1 is none
	for i := range worst {
		worst[i] = -1
	}
	for pair, n := range t.wrong {
		label, predicted := pair[0], pair[1]
		best := worst[label]
		if most := t.wrong[[2]int{label, best}]; best < 0 || n > most || n == most && predicted < best {
			worst[label] = predicted
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
		if k := worst[i]; k >= 0 {
			row[5], row[6] = names[k], strconv.Itoa(t.wrong[[2]int{i, k}])
		}
		rows = append(rows, row)
	}
	return errors.Wrap(csv.NewWriter(w).WriteAll(rows), "imagenet")
}

// WriteConfusion writes the confusion table as CSV, a line for every pair of
// classes that occurred: the right one, the predicted one, how often.
func (t *Tally) WriteConfusion(w io.Writer) error {
	rows := [][]string{{"class", "predicted", "times"}}
	add := func(label, predicted, n int) {
		rows = append(rows, []string{strconv.Itoa(label), strconv.Itoa(predicted), strconv.Itoa(n)})
	}
	mistakes := make([][]int, len(t.classes)) // predicted classes
	for pair := range t.wrong {
		mistakes[pair[0]] = append(mistakes[pair[0]], pair[1])
	}
	for label, predicted := range mistakes {
		if n := t.classes[label].top1; n > 0 {
			predicted = append(predicted, label)
		}
		slices.Sort(predicted)
		for _, k := range predicted {
			add(label, k, t.Confusion(label, k))
		}
	}
	return errors.Wrap(csv.NewWriter(w).WriteAll(rows), "imagenet")
}
