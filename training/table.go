package training

import (
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Table is a CSV file of a run, such as log.csv: a header, then rows that begin
// with the iteration they belong to and never go back.
type Table struct {
	path    string
	columns []string
}

// Table is the CSV file of that name with these columns, of which the first is
// the iteration. It need not exist yet.
func (d *Directory) Table(name string, columns ...string) *Table {
	return &Table{d.file(name), columns}
}

// Trim takes out rows that are newer than the iteration, and a row that a crash
// cut short.
func (t *Table) Trim(iteration int) error {
	rows, _, err := t.read()
	if rows == nil || err != nil {
		return err
	}
	end := slices.IndexFunc(rows, func(row []string) bool {
		n, err := strconv.Atoi(row[0])
		return err != nil || n > iteration
	})
	if end >= 0 {
		rows = rows[:end]
	}
	return graph.WriteFile(t.path, func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{t.columns}, rows...))
	})
}

// Rows are all whole rows, without the header.
func (t *Table) Rows() ([][]string, error) {
	rows, _, err := t.read()
	if rows == nil && err == nil {
		err = errors.Wrapf(fs.ErrNotExist, "training: %s", t.path)
	}
	return rows, err
}

// read returns the whole rows, nil if there is no file, and what is wrong with the
// row after them, such as one that a crash cut short.
func (t *Table) read() (rows [][]string, damage, err error) {
	f, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, errors.Wrap(err, "training: cannot read the log")
	}
	defer f.Close()
	r := csv.NewReader(f)
	rows = [][]string{}
	for first := true; ; first = false {
		row, err := r.Read()
		if err == io.EOF {
			return rows, nil, nil
		}
		if err != nil {
			return rows, err, nil
		}
		if !first {
			rows = append(rows, row)
		} else if !slices.Equal(row, t.columns) {
			return nil, nil, errors.Errorf("training: %s is not a log of this program: its header is %v", t.path, row)
		}
	}
}

// Append adds rows and waits until they are on the disk.
func (t *Table) Append(rows ...[]string) (err error) {
	f, err := os.OpenFile(t.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return errors.Wrap(err, "training: cannot write the log")
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		err = errors.Wrapf(err, "training: cannot write %s", t.path)
	}()
	w := csv.NewWriter(f)
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		w.Write(t.columns)
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return f.Sync()
}
