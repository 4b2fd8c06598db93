package evaluation

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
)

// top is how many predictions a row has, where there are so many classes.
const top = 5

// row is what predictions.csv has of a picture.
type row struct {
	index  int
	path   string
	label  int
	rank   int    // of the right class; unread where there is no answer
	reason string // why there is none
	best   []best
}

// best is a class with one of the highest scores.
type best struct {
	class int
	score float64
}

// unread is the rank of a picture that could not be used.
const unread = -1

// columns are those of predictions.csv.
func columns(classes int) []string {
	names := []string{"index", "path", "label", "rank", "error"}
	for k := range min(top, classes) {
		names = append(names, fmt.Sprintf("class%d", k+1), fmt.Sprintf("score%d", k+1))
	}
	return names
}

// fields are the row's values in the order of the columns.
func (r row) fields(classes int) []string {
	fields := []string{strconv.Itoa(r.index), r.path, strconv.Itoa(r.label), "", r.reason}
	if r.rank != unread {
		fields[3] = strconv.Itoa(r.rank)
	}
	for _, b := range r.best {
		fields = append(fields, strconv.Itoa(b.class), strconv.FormatFloat(b.score, 'g', -1, 32))
	}
	return append(fields, make([]string, 2*(min(top, classes)-len(r.best)))...)
}

// parseRow reads what fields has written.
func parseRow(fields []string, classes int) (r row, err error) {
	number := func(column, below int) (n int) {
		if n, err2 := strconv.Atoi(fields[column]); err2 == nil && n >= 0 && n < below {
			return n
		}
		if err == nil {
			err = errors.Errorf("%s is %.40q, want a number from 0 to %d", columns(classes)[column], fields[column], below-1)
		}
		return 0
	}
	r = row{index: number(0, math.MaxInt), path: fields[1], label: number(2, classes), rank: unread, reason: fields[4]}
	if fields[3] == "" {
		return r, err
	}
	r.rank = number(3, classes)
	for at := 5; at < len(fields); at += 2 {
		b := best{class: number(at, classes)}
		var err2 error
		if b.score, err2 = strconv.ParseFloat(fields[at+1], 64); err2 != nil && err == nil || math.IsNaN(b.score) || math.IsInf(b.score, 0) {
			err = errors.Errorf("%s is %.40q, want a number", columns(classes)[at+1], fields[at+1])
		}
		r.best = append(r.best, b)
	}
	if err == nil && (r.rank == 0) != (r.best[0].class == r.label) {
		err = errors.Errorf("the right class %d has rank %d, but the best is %d", r.label, r.rank, r.best[0].class)
	}
	return r, err
}

// answer is what the row says to the picture.
func (r row) answer() scoring.Answer {
	return scoring.Answer{Label: r.label, Predicted: r.best[0].class, Rank: r.rank}
}
