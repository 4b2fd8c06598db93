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

// columns are the header of log.csv. Losses and errors are means, errors and
// epochs fractions.
var columns = []string{"iteration", "epoch", "lr", "train_loss", "train_error", "test_loss", "test_error", "seconds", "images_per_second"}

// append adds a row to the log.
func (d *Directory) append(r Record) (err error) {
	f, err := os.OpenFile(d.file(logFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return errors.Wrap(err, "training: cannot write the log")
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		err = errors.Wrapf(err, "training: cannot write %s", d.file(logFile))
	}()
	w := csv.NewWriter(f)
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		w.Write(columns)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	row := []string{strconv.Itoa(r.Iteration), number(r.Epoch), number(r.Rate), number(r.TrainLoss), number(r.TrainError),
		"", "", strconv.FormatFloat(r.Seconds, 'f', 2, 64), strconv.FormatFloat(r.ImagesPerSecond, 'f', 1, 64)}
	if r.Test != nil {
		row[5], row[6] = number(r.Test.Loss), number(r.Test.Error)
	}
	w.Write(row)
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Sync()
}

// trimLog takes rows after the iteration out of the log, and one that a crash cut
// short.
func (d *Directory) trimLog(iteration int) error {
	f, err := os.Open(d.file(logFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Wrap(err, "training: cannot read the log")
	}
	defer f.Close()
	r := csv.NewReader(f)
	rows := [][]string{columns}
	for first := true; ; first = false {
		row, err := r.Read()
		if err != nil {
			break // the end, or a row that a crash cut short
		}
		if first {
			if err := d.checkHeader(row); err != nil {
				return err
			}
			continue
		}
		if n, err := strconv.Atoi(row[0]); err != nil || n > iteration {
			break
		}
		rows = append(rows, row)
	}
	return graph.WriteFile(d.file(logFile), func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) })
}

func (d *Directory) checkHeader(row []string) error {
	if !slices.Equal(row, columns) {
		return errors.Errorf("training: %s is not a log of this program: its header is %v", d.file(logFile), row)
	}
	return nil
}

// Log reads the rows of the log; of the scores on the test set it holds the loss
// and the error. A row that cannot be read is an error that names its line.
func (d *Directory) Log() ([]Record, error) {
	path := d.file(logFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Errorf("training: %s has no %s: the run has not come to the end of an epoch", d.path, logFile)
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the log")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", path)
	}
	if len(rows) == 0 {
		return nil, errors.Errorf("training: %s is empty", path)
	}
	if err := d.checkHeader(rows[0]); err != nil {
		return nil, err
	}
	var records []Record
	for i, row := range rows[1:] {
		r, err := parseRow(row)
		if err != nil {
			return nil, errors.Wrapf(err, "training: %s is damaged: row %d", path, i+1)
		}
		records = append(records, r)
	}
	return records, nil
}

// parseRow is the way back of append.
func parseRow(row []string) (r Record, err error) {
	number := func(i int) (v float64) {
		if err == nil {
			if v, err = strconv.ParseFloat(row[i], 64); err != nil {
				err = errors.Errorf("%s is no number: %q", columns[i], row[i])
			}
		}
		return v
	}
	if r.Iteration, err = strconv.Atoi(row[0]); err != nil {
		return r, errors.Errorf("%s is no number of steps: %q", columns[0], row[0])
	}
	r.Epoch, r.Rate, r.TrainLoss, r.TrainError = number(1), number(2), number(3), number(4)
	if row[5] != "" || row[6] != "" {
		r.Test = &Score{Loss: number(5), Error: number(6)}
	}
	r.Seconds, r.ImagesPerSecond = number(7), number(8)
	return r, err
}
