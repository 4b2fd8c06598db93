package training

import (
	"bytes"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// Table is a CSV file of a run, such as log.csv: a header, then rows that begin
// with the iteration they belong to and never go back.
type Table struct {
	dir     *Directory
	path    string
	columns []string
}

// Table is the CSV file of that name with these columns, of which the first is
// the iteration. It need not exist yet.
func (d *Directory) Table(name string, columns ...string) *Table {
	return &Table{d, d.file(name), columns}
}

// errNoTable is the error of a table that is nil.
var errNoTable = errors.New("training: want a table of Directory.Table, got nil")

// locked refuses what would write without the directory's lock.
func (t *Table) locked() error {
	if t == nil {
		return errNoTable
	}
	return t.dir.locked()
}

// Trim takes out rows that are newer than the iteration, and a row that a crash
// cut short. It needs no space on the disk.
func (t *Table) Trim(iteration int) error {
	if err := t.locked(); err != nil {
		return err
	}
	c, err := t.read()
	if c == nil || err != nil {
		return err
	}
	kept := slices.IndexFunc(c.rows, func(row []string) bool {
		n, err := strconv.Atoi(row[0])
		return err != nil || n > iteration
	})
	if kept < 0 {
		kept = len(c.rows)
	}
	if c.ends[kept] == c.size {
		return nil
	}
	return errors.Wrap(os.Truncate(t.path, c.ends[kept]), "training: cannot trim a table")
}

// Rows are all whole rows, without the header.
func (t *Table) Rows() ([][]string, error) {
	if t == nil {
		return nil, errNoTable
	}
	c, err := t.read()
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errors.Wrapf(fs.ErrNotExist, "training: %s", t.path)
	}
	return c.rows, nil
}

// content is what the file of a table holds.
type content struct {
	size   int64
	rows   [][]string // the whole ones, without the header
	ends   []int64    // of the header, 0 if that is not whole, and of each row: bytes
	damage error      // of the row after them, such as one that a crash cut short
}

// read reads the file, nil if there is none.
func (t *Table) read() (*content, error) {
	text, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read a table")
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1] // a line without an end is no row, whatever it says
	c := &content{size: int64(len(text)), ends: []int64{0}}
	r := csv.NewReader(bytes.NewReader(whole))
	header, err := r.Read()
	if err == io.EOF && strings.HasPrefix(string(encode(t.columns)), string(text)) {
		return c, nil
	}
	if !slices.Equal(header, t.columns) {
		first, _, _ := strings.Cut(string(text), "\n")
		return nil, errors.Errorf("training: %s is not a log of this program: it begins with %.100q, want %q", t.path, first, strings.Join(t.columns, ","))
	}
	c.ends[0] = r.InputOffset()
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			c.damage = err
			return c, nil
		}
		c.rows, c.ends = append(c.rows, row), append(c.ends, r.InputOffset())
	}
	if len(whole) < len(text) {
		c.damage = errors.Errorf("row %d is cut short", len(c.rows)+1)
	}
	return c, nil
}

// Append adds rows, all or none, and waits until they are on the disk.
func (t *Table) Append(rows ...[]string) error {
	if err := t.locked(); err != nil {
		return err
	}
	return errors.WithMessage(durable.AppendFile(t.path, encode(t.columns), encode(rows...)), "training")
}

// encode writes rows as they are in a file.
func encode(rows ...[]string) []byte {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(rows) // a buffer takes everything
	return b.Bytes()
}
