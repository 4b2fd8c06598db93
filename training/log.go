package training

import (
	"strconv"

	"github.com/pkg/errors"
)

// columns are the header of log.csv. Losses and errors are means, errors and
// epochs fractions.
var columns = []string{"iteration", "epoch", "lr", "train_loss", "train_error", "test_loss", "test_error", "test_top5_error",
	"seconds", "images_per_second"}

// Log is log.csv.
func (d *Directory) Log() *Table { return d.Table(logFile, columns...) }

// append adds a row to the log.
func (d *Directory) append(r Record) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	row := []string{strconv.Itoa(r.Iteration), number(r.Epoch), number(r.Rate), number(r.TrainLoss), number(r.TrainError),
		"", "", "", strconv.FormatFloat(r.Seconds, 'f', 2, 64), strconv.FormatFloat(r.ImagesPerSecond, 'f', 1, 64)}
	if r.Test != nil {
		row[5], row[6], row[7] = number(r.Test.Loss), number(r.Test.Error), number(r.Test.Top5Error)
	}
	return d.Log().Append(row)
}

// Records reads the log; of the scores on the test set it holds the loss and the
// errors. A row that is damaged is an error that names it.
func (d *Directory) Records() ([]Record, error) {
	c, err := d.Log().read()
	if err != nil {
		return nil, err
	}
	if c == nil || len(c.rows) == 0 && c.damage == nil {
		return nil, errors.Errorf("training: %s has no rows: the run has not come to the end of an epoch", d.file(logFile))
	}
	records := make([]Record, len(c.rows))
	for i, row := range c.rows {
		if records[i], err = parseRow(row); err != nil {
			return nil, errors.Wrapf(err, "training: %s is damaged: row %d", d.file(logFile), i+1)
		}
	}
	return records, errors.Wrapf(c.damage, "training: %s is damaged", d.file(logFile))
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
	if row[5] != "" || row[6] != "" || row[7] != "" {
		r.Test = &Score{Loss: number(5), Error: number(6), Top5Error: number(7)}
	}
	r.Seconds, r.ImagesPerSecond = number(8), number(9)
	return r, err
}
