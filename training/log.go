package training

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// columns are the header of log.csv for metrics, of which those measured in training
// have a column of their own for that. Losses and metrics are means, errors and epochs
// fractions.
func columns(metrics []Metric) []string {
	c := slices.Clone(firstColumns)
	for _, m := range metrics {
		if m.Training {
			c = append(c, trainPrefix+m.Name)
		}
	}
	c = append(c, testPrefix+lossName)
	for _, m := range metrics {
		c = append(c, testPrefix+m.Name)
	}
	return append(c, lastColumns...)
}

// What the header begins and ends with, whatever the metrics.
var (
	firstColumns = []string{"iteration", "epoch", "lr", trainPrefix + lossName}
	lastColumns  = []string{"seconds", "images_per_second"}
)

// Log is log.csv, with the columns of the run's task.
func (d *Directory) Log() *Table {
	_, metrics := d.Task()
	return d.Table(logFile, columns(metrics)...)
}

// log is that of a trainer's run.
func (d *Directory) log(t *Trainer) *Table {
	return d.Table(logFile, columns(t.config.Task.Metrics())...)
}

// Task is the name and the metrics of what the run is for: what its checkpoints or its
// outcome say, where the log has the columns for it, and otherwise classification.
func (d *Directory) Task() (name string, metrics []Metric) {
	known := Classification{}.Metrics()
	header := d.logHeader()
	if header == nil || slices.Equal(header, columns(known)) {
		return classificationName, known
	}
	for _, path := range []string{d.Latest(), d.file(previousFile), d.Best()} {
		if card, err := ReadCard(path); err == nil && card != nil && slices.Equal(header, columns(card.Metrics)) {
			return card.task(), card.Metrics
		}
	}
	if r, err := d.Result(); err == nil && r != nil {
		for _, o := range r.Metrics {
			metrics = append(metrics, o.Metric)
		}
		if slices.Equal(header, columns(metrics)) {
			return r.Task, metrics
		}
	}
	return classificationName, known
}

// logHeader is the first line of the log, nil where it has none that is whole.
func (d *Directory) logHeader() []string {
	f, err := os.Open(d.file(logFile))
	if err != nil {
		return nil // as the table will say
	}
	defer f.Close()
	header, err := csv.NewReader(f).Read()
	if err != nil {
		return nil
	}
	return header
}

// append adds a row to the log.
func (d *Directory) append(t *Trainer, r Record) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	log := d.log(t)
	header := log.columns
	row := []string{strconv.Itoa(r.Iteration), number(r.Epoch), number(r.Rate)}
	for _, name := range header[len(row) : len(header)-len(lastColumns)] {
		cell := ""
		if r.Test != nil || strings.HasPrefix(name, trainPrefix) {
			cell = number(r.Value(name))
		}
		row = append(row, cell)
	}
	row = append(row, strconv.FormatFloat(r.Seconds, 'f', 2, 64), strconv.FormatFloat(r.ImagesPerSecond, 'f', 1, 64))
	return log.Append(row)
}

// Records reads the log; of the scores on the test set it holds the loss and the
// metrics. A row that is damaged is an error that names it.
func (d *Directory) Records() ([]Record, error) {
	log := d.Log()
	c, err := log.read()
	if err != nil {
		return nil, err
	}
	if c == nil || len(c.rows) == 0 && c.damage == nil {
		return nil, errors.Errorf("training: %s has no rows: the run has not come to the end of an epoch", d.file(logFile))
	}
	records := make([]Record, len(c.rows))
	for i, row := range c.rows {
		if records[i], err = parseRow(log.columns, row); err != nil {
			return nil, errors.Wrapf(err, "training: %s is damaged: row %d", d.file(logFile), i+1)
		}
	}
	return records, errors.Wrapf(c.damage, "training: %s is damaged", d.file(logFile))
}

// parseRow is the way back of append.
func parseRow(columns, row []string) (r Record, err error) {
	if r.Iteration, err = strconv.Atoi(row[0]); err != nil {
		return r, errors.Errorf("%s is no number of steps: %q", columns[0], row[0])
	}
	tested := false
	for i, name := range columns {
		tested = tested || strings.HasPrefix(name, testPrefix) && row[i] != ""
	}
	if tested {
		r.Test = &Score{}
	}
	for i, name := range columns[1:] {
		if strings.HasPrefix(name, testPrefix) && !tested {
			continue
		}
		v, err := strconv.ParseFloat(row[i+1], 64)
		if err != nil {
			return r, errors.Errorf("%s is no number: %q", name, row[i+1])
		}
		r.put(name, v)
	}
	return r, nil
}

// put sets what a column of the log says.
func (r *Record) put(column string, v float64) {
	switch column {
	case "epoch":
		r.Epoch = v
	case "lr":
		r.Rate = v
	case "seconds":
		r.Seconds = v
	case "images_per_second":
		r.ImagesPerSecond = v
	case trainPrefix + lossName:
		r.TrainLoss = v
	case trainPrefix + errorName:
		r.TrainError = v
	case testPrefix + lossName:
		r.Test.Loss = v
	case testPrefix + errorName:
		r.Test.Error = v
	case testPrefix + top5Name:
		r.Test.Top5Error = v
	default:
		if name, ok := strings.CutPrefix(column, testPrefix); ok {
			r.Test.set(name, v)
		} else {
			r.Train.set(strings.TrimPrefix(column, trainPrefix), v)
		}
	}
}
