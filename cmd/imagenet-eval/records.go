package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring"
)

// records are the directory of an evaluation: predictions.csv has a row for every
// picture, in order, also for those that could not be read; the rest is made of it
// at the end.
type records struct {
	dir    *training.Directory
	table  *training.Table
	set    *imagenet.Set
	names  []string // of the classes
	tally  *scoring.Tally
	unread int // pictures without a prediction
}

// top is how many predictions a row has, where there are so many classes.
const top = 5

func newRecords(dir *training.Directory, set *imagenet.Set, names []string) (*records, error) {
	columns := []string{"index", "path", "label", "rank", "error"}
	for k := range min(top, len(set.Classes)) {
		columns = append(columns, fmt.Sprintf("class%d", k+1), fmt.Sprintf("score%d", k+1))
	}
	tally, err := scoring.NewTally(len(set.Classes))
	return &records{dir: dir, table: dir.Table("predictions.csv", columns...), set: set, names: names, tally: tally}, err
}

// row is what became of picture i: its scores [Classes], or why there are none.
func (r *records) row(i int, scores []float32, unread error) ([]string, error) {
	f := r.set.Files[i]
	row := []string{strconv.Itoa(i), f.Path, strconv.Itoa(int(f.Label)), "", ""}
	if unread != nil {
		row[4] = unread.Error()
		return append(row, make([]string, 2*min(top, len(r.set.Classes)))...), nil
	}
	a, err := scoring.Judge(int(f.Label), scores)
	if err != nil {
		return nil, err
	}
	row[3] = strconv.Itoa(a.Rank)
	for _, class := range scoring.Highest(scores, top) {
		row = append(row, strconv.Itoa(class), strconv.FormatFloat(float64(scores[class]), 'g', -1, 32))
	}
	return row, nil
}

// count adds a row to the tally.
func (r *records) count(row []string) error {
	if row[3] == "" {
		r.unread++
		return nil
	}
	var a scoring.Answer
	for to, text := range map[*int]string{&a.Label: row[2], &a.Rank: row[3], &a.Predicted: row[5]} {
		var err error
		if *to, err = strconv.Atoi(text); err != nil {
			return err
		}
	}
	return r.tally.Add(a)
}

// add records rows, on the disk when it returns.
func (r *records) add(rows [][]string) error {
	for _, row := range rows {
		if err := r.count(row); err != nil {
			return err
		}
	}
	return r.table.Append(rows...)
}

// len is how many pictures are recorded.
func (r *records) len() int { return r.tally.Len() + r.unread }

// restore counts what an interrupted evaluation has recorded and returns where to
// go on: at the beginning of the last group of pictures that went through the
// network together, of whose rows the last may be cut short. Pictures that could
// not be read at the end, as when a disk went away, are tried again.
func (r *records) restore(group int) (done int, err error) {
	if err := r.table.Trim(r.set.Len() - 1); err != nil {
		return 0, err
	}
	rows, err := r.table.Rows()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i, row := range rows {
		f := r.set.Files[i]
		if row[0] != strconv.Itoa(i) || row[1] != f.Path || row[2] != strconv.Itoa(int(f.Label)) {
			return 0, fmt.Errorf("row %d of predictions.csv is about %s with label %s, but picture %d of the data is %s with label %d; they have changed since", i+1, row[1], row[2], i, f.Path, f.Label)
		}
	}
	for done = len(rows); done > 0 && rows[done-1][3] == ""; done-- {
	}
	done = max(done-1, 0) / group * group
	for i, row := range rows[:done] {
		if err := r.count(row); err != nil {
			return 0, fmt.Errorf("row %d of predictions.csv is damaged: %w", i+1, err)
		}
	}
	return done, r.table.Trim(done - 1)
}

// result is the outcome; errors are fractions.
type result struct {
	Networks   []string `json:"networks"`
	Protocol   string   `json:"protocol"`
	Classes    int      `json:"classes"`
	Pictures   int      `json:"pictures"`
	Unreadable int      `json:"unreadable"`
	Top1Error  float64  `json:"top1_error"`
	Top5Error  float64  `json:"top5_error"`
}

// finish writes what follows from the rows.
func (r *records) finish(s *options) (result, error) {
	out := result{Networks: s.Members, Protocol: s.Protocol, Classes: len(r.set.Classes), Pictures: r.tally.Len(), Unreadable: r.unread}
	if out.Pictures == 0 {
		return out, fmt.Errorf("none of the %d pictures could be used; %s says why", r.unread, filepath.Join(r.dir.Path(), "predictions.csv"))
	}
	out.Top1Error, out.Top5Error = r.tally.Errors()
	for name, write := range map[string]func(io.Writer) error{
		"classes.csv":   func(w io.Writer) error { return r.tally.WriteClasses(w, r.names) },
		"confusion.csv": r.tally.Confusion().Write,
		"result.json": func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(out)
		},
	} {
		if err := durable.WriteFile(filepath.Join(r.dir.Path(), name), write); err != nil {
			return out, err
		}
	}
	p, err := r.page(out, s)
	if err != nil {
		return out, err
	}
	return out, p.Write(r.dir.Path())
}
