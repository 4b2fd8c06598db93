package training

import (
	"encoding/csv"
	"os"
	"regexp"
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
	metricColumn = regexp.MustCompile(`^(train|test)_[a-z][a-z0-9_]*$`)
)

// Log is log.csv. Its columns are those of the run's task, or of classification where
// nothing is written yet.
func (d *Directory) Log() *Table {
	if header := d.logHeader(); header != nil {
		return d.Table(logFile, header...)
	}
	return d.Table(logFile, columns(Classification{}.Metrics())...)
}

// logHeader is the header of a log, whole or not; nil where it is none.
func (d *Directory) logHeader() []string {
	f, err := os.Open(d.file(logFile))
	if err != nil {
		return nil // as the table will say
	}
	defer f.Close()
	header, err := csv.NewReader(f).Read()
	n, last := len(firstColumns), len(header)-len(lastColumns)
	if err != nil || last <= n || !slices.Equal(header[:n], firstColumns) || !slices.Equal(header[last:], lastColumns) ||
		!slices.Contains(header, testPrefix+lossName) {
		return nil
	}
	for _, name := range header[n:last] {
		if !metricColumn.MatchString(name) {
			return nil
		}
	}
	return header
}

// Task is the name and the metrics of what the run is for, as its log and checkpoints
// say it.
func (d *Directory) Task() (name string, metrics []Metric) {
	known, header := Classification{}.Metrics(), d.Log().columns
	if slices.Equal(header, columns(known)) {
		return classificationName, known
	}
	for _, path := range []string{d.Latest(), d.file(previousFile), d.Best()} {
		if card, err := ReadCard(path); err == nil && card != nil && slices.Equal(header, columns(card.Metrics)) {
			return card.task(), card.Metrics
		}
	}
	for _, c := range header {
		if name, ok := strings.CutPrefix(c, testPrefix); ok && name != lossName {
			metrics = append(metrics, Metric{Name: name, Training: slices.Contains(header, trainPrefix+name)})
		}
	}
	return "", metrics
}

// append adds a row to the log.
func (d *Directory) append(metrics []Metric, r Record) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	header := columns(metrics)
	row := []string{strconv.Itoa(r.Iteration), number(r.Epoch), number(r.Rate)}
	for _, name := range header[len(row) : len(header)-len(lastColumns)] {
		cell := ""
		if r.Test != nil || strings.HasPrefix(name, trainPrefix) {
			cell = number(r.Value(name))
		}
		row = append(row, cell)
	}
	row = append(row, strconv.FormatFloat(r.Seconds, 'f', 2, 64), strconv.FormatFloat(r.ImagesPerSecond, 'f', 1, 64))
	return d.Table(logFile, header...).Append(row)
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
