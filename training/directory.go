package training

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Directory is where a run keeps its files:
//
//	config.json         all settings
//	log.csv             a row per epoch
//	latest.safetensors  the newest checkpoint
//	best.safetensors    that of the lowest test error
//	result.json         the outcome, when the run has ended
type Directory struct {
	path string
}

const (
	configFile = "config.json"
	logFile    = "log.csv"
	latestFile = "latest.safetensors"
	bestFile   = "best.safetensors"
	resultFile = "result.json"
)

// columns are the header of log.csv. Losses and errors are means, errors and
// epochs fractions.
var columns = []string{"iteration", "epoch", "lr", "train_loss", "train_error", "test_loss", "test_error", "seconds", "images_per_second"}

// CreateDirectory makes the directory of a new run and writes its settings. One
// that holds a run already is refused.
func CreateDirectory(path string, config any) (*Directory, error) {
	d := &Directory{path}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, errors.Wrapf(err, "training: cannot make the output directory %s", path)
	}
	if _, err := os.Stat(d.file(configFile)); err == nil {
		return nil, errors.Errorf("training: %s holds a run already; resume it, or choose another directory", path)
	}
	return d, d.writeJSON(configFile, config)
}

// OpenDirectory opens the directory of a run and reads its settings into config.
func OpenDirectory(path string, config any) (*Directory, error) {
	d := &Directory{path}
	text, err := os.ReadFile(d.file(configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Errorf("training: there is no run to resume in %s: it has no %s", path, configFile)
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the run's settings")
	}
	if err := json.Unmarshal(text, config); err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", d.file(configFile))
	}
	return d, nil
}

// Path is the directory.
func (d *Directory) Path() string { return d.path }

func (d *Directory) file(name string) string { return filepath.Join(d.path, name) }

// Best is the checkpoint of the lowest test error.
func (d *Directory) Best() string { return d.file(bestFile) }

// Latest is the newest checkpoint.
func (d *Directory) Latest() string { return d.file(latestFile) }

// Restore loads the newest checkpoint, if the run has come that far, and takes
// rows that are newer than it out of the log.
func (d *Directory) Restore(t *Trainer) error {
	if _, err := os.Stat(d.Latest()); err == nil {
		if err := t.Load(d.Latest()); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "training: cannot resume")
	}
	return d.Log().Trim(t.Iteration())
}

// Log is log.csv.
func (d *Directory) Log() *Table { return d.Table(logFile, columns...) }

// Record appends a row to the log and then saves the checkpoint, in this order:
// after a crash between the two, Restore drops the row and the run makes it again.
func (d *Directory) Record(t *Trainer, r Record) error {
	if err := d.append(r); err != nil {
		return err
	}
	if err := d.Save(t); err != nil {
		return err
	}
	if r.Test != nil && r.Test.Error == t.BestTestError() {
		return t.Save(d.file(bestFile))
	}
	return nil
}

// Save writes the newest checkpoint.
func (d *Directory) Save(t *Trainer) error { return t.Save(d.Latest()) }

func (d *Directory) append(r Record) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	row := []string{strconv.Itoa(r.Iteration), number(r.Epoch), number(r.Rate), number(r.TrainLoss), number(r.TrainError),
		"", "", strconv.FormatFloat(r.Seconds, 'f', 2, 64), strconv.FormatFloat(r.ImagesPerSecond, 'f', 1, 64)}
	if r.Test != nil {
		row[5], row[6] = number(r.Test.Loss), number(r.Test.Error)
	}
	return d.Log().Append(row)
}

// Result is the outcome of a run; errors are fractions.
type Result struct {
	Model           string  `json:"model"`
	Parameters      int     `json:"parameters"`
	Iterations      int     `json:"iterations"`
	TrainError      float64 `json:"train_error"`
	TestError       float64 `json:"test_error"`
	BestTestError   float64 `json:"best_test_error"`
	ImagesPerSecond float64 `json:"images_per_second"`
	Seconds         float64 `json:"seconds"`
}

// Finish writes the outcome of a run that has ended, and returns it.
func (d *Directory) Finish(t *Trainer) (Result, error) {
	r := Result{Model: t.config.Name, Parameters: t.state.Parameters(), Iterations: t.Iteration(), BestTestError: t.BestTestError()}
	if last := t.Last(); last != nil {
		r.TrainError, r.ImagesPerSecond, r.Seconds = last.TrainError, last.ImagesPerSecond, last.Seconds
		if last.Test != nil {
			r.TestError = last.Test.Error
		}
	}
	return r, d.writeJSON(resultFile, r)
}

// Result reads the outcome; it is nil before the run has ended.
func (d *Directory) Result() (*Result, error) {
	text, err := os.ReadFile(d.file(resultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the outcome")
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", d.file(resultFile))
	}
	return &r, nil
}

func (d *Directory) writeJSON(name string, v any) error {
	return graph.WriteFile(d.file(name), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
