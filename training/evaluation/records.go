package evaluation

import (
	"io/fs"
	"strconv"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
)

// predictionsFile has a row for every picture, in order, also for those that could not be
// read; the other files are made of it.
const predictionsFile = "predictions.csv"

// records are what an evaluation has recorded.
type records struct {
	dir    *training.Directory
	table  *training.Table
	set    *imagenet.Set
	tally  *scoring.Tally
	unread int // pictures without a prediction
}

func newRecords(dir *training.Directory, set *imagenet.Set) (*records, error) {
	r := &records{dir: dir, table: dir.Table(predictionsFile, columns(len(set.Classes))...), set: set}
	return r, r.clear()
}

// clear counts nothing.
func (r *records) clear() (err error) {
	r.unread = 0
	r.tally, err = scoring.NewTally(len(r.set.Classes))
	return errors.WithMessage(err, "evaluation")
}

// row is what became of picture i: its scores [Classes], or why there are none.
func (r *records) row(i int, scores []float32, reason error) (row, error) {
	f := r.set.Files[i]
	out := row{index: i, path: f.Path, label: int(f.Label), rank: unread}
	if reason != nil {
		out.reason = reason.Error()
		return out, nil
	}
	a, err := scoring.Judge(out.label, scores)
	if err != nil {
		return out, errors.WithMessagef(err, "evaluation: %s", printable.Name(f.Path))
	}
	out.rank = a.Rank
	for _, class := range scoring.Highest(scores, top) {
		out.best = append(out.best, best{class, float64(scores[class])})
	}
	return out, nil
}

// count adds a row to the tally.
func (r *records) count(x row) error {
	if x.rank == unread {
		r.unread++
		return nil
	}
	return r.tally.Add(x.answer())
}

// add records rows, on the disk when it returns.
func (r *records) add(rows []row) error {
	fields := make([][]string, len(rows))
	for i, x := range rows {
		if err := r.count(x); err != nil {
			return err
		}
		fields[i] = x.fields(len(r.set.Classes))
	}
	return r.table.Append(fields...)
}

// len is how many pictures are recorded.
func (r *records) len() int { return r.tally.Len() + r.unread }

// rows are all whole rows, checked against the pictures.
func (r *records) rows() ([]row, error) {
	all, err := r.table.Rows()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(all))
	for i, fields := range all {
		if i >= r.set.Len() {
			return nil, errors.Errorf("evaluation: row %d of %s is of no picture: the data has %d; it has changed since", i+1, predictionsFile, r.set.Len())
		}
		f := r.set.Files[i]
		if fields[0] != strconv.Itoa(i) || fields[1] != f.Path || fields[2] != strconv.Itoa(int(f.Label)) {
			return nil, errors.Errorf("evaluation: row %d of %s is about %s with label %.40s, but picture %d of the data is %s with label %d; they have changed since",
				i+1, predictionsFile, printable.Name(fields[1]), printable.Name(fields[2]), i, printable.Name(f.Path), f.Label)
		}
		if rows[i], err = parseRow(fields, len(r.set.Classes)); err != nil {
			return nil, errors.WithMessagef(err, "evaluation: row %d of %s is damaged", i+1, predictionsFile)
		}
	}
	return rows, nil
}

// restore counts what an interrupted evaluation has recorded and returns where to
// go on: at the beginning of the last group of pictures that went through the
// network together, of whose rows the last may be cut short. Pictures that could
// not be read at the end, as when a disk went away, are tried again.
func (r *records) restore(group int) (done int, err error) {
	if err := r.clear(); err != nil {
		return 0, err
	}
	if err := r.table.Trim(r.set.Len() - 1); err != nil {
		return 0, err
	}
	rows, err := r.rows()
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	for done = len(rows); done > 0 && rows[done-1].rank == unread; done-- {
	}
	done = max(done-1, 0) / group * group
	for _, x := range rows[:done] {
		if err := r.count(x); err != nil {
			return 0, err
		}
	}
	return done, r.table.Trim(done - 1)
}
