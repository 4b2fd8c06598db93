package training

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training/tensorboard"
	"github.com/pkg/errors"
)

// Directory is where a run keeps its files:
//
//	config.json                   all settings
//	log.csv                       a row per epoch
//	events.out.tfevents.gorgonet  the same for TensorBoard, and the loss of every step
//	latest.safetensors            the newest checkpoint
//	best.safetensors              that of the lowest test error
//
// and when the run has ended
//
//	predictions.csv               what the network made of each test example
//	classes.txt                   the names of the classes, a line each
//	mistakes.png                  the examples of the most confident wrong predictions, side by side
//	result.json                   the outcome
type Directory struct {
	// Histograms has the distributions of all parameters and their gradients
	// recorded for TensorBoard at every epoch.
	Histograms bool

	path   string
	events *tensorboard.Writer
}

const (
	configFile      = "config.json"
	logFile         = "log.csv"
	eventsFile      = "events.out.tfevents.gorgonet"
	latestFile      = "latest.safetensors"
	bestFile        = "best.safetensors"
	predictionsFile = "predictions.csv"
	classesFile     = "classes.txt"
	mistakesFile    = "mistakes.png"
	resultFile      = "result.json"
)

func newDirectory(path string) *Directory {
	d := &Directory{path: path}
	d.events = tensorboard.NewWriter(d.file(eventsFile))
	return d
}

// CreateDirectory makes the directory of a new run and writes its settings. One
// that holds a run already is refused.
func CreateDirectory(path string, config any) (*Directory, error) {
	d := newDirectory(path)
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
	d := newDirectory(path)
	text, err := os.ReadFile(d.file(configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Errorf("training: there is no run in %s: it has no %s", path, configFile)
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
// rows and events that are newer than it out of the records.
func (d *Directory) Restore(t *Trainer) error {
	if _, err := os.Stat(d.Latest()); err == nil {
		if err := t.Load(d.Latest()); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "training: cannot resume")
	}
	recorded := 0 // steps at the newest row that the checkpoint knows of
	if last := t.Last(); last != nil {
		recorded = last.Iteration
	}
	if err := d.Log().Trim(recorded); err != nil {
		return err
	}
	return d.trimEvents(t.Iteration(), recorded)
}

// Step records a step for TensorBoard. It is for Config.OnStep; what it records is
// kept in memory until the next Record or Save.
func (d *Directory) Step(s Step) { d.events.Scalar(s.Iteration, stepLossTag, s.Loss) }

// Record appends a row to the log and the same to the events, and then saves the
// checkpoint, in this order: after a crash in between, Restore drops what the
// checkpoint does not know and the run makes it again. It is for Config.OnEpoch.
func (d *Directory) Record(t *Trainer, r Record) error {
	if err := d.append(r); err != nil {
		return err
	}
	if err := d.addEvents(t, r); err != nil {
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

// Save writes the newest checkpoint, after the events of the steps before it.
func (d *Directory) Save(t *Trainer) error {
	if err := d.events.Flush(); err != nil {
		return err
	}
	return t.Save(d.Latest())
}

// Result is the outcome of a run; errors are fractions.
type Result struct {
	Model           string  `json:"model"`
	Parameters      int     `json:"parameters"`
	Iterations      int     `json:"iterations"`
	TrainError      float64 `json:"train_error"`
	TestError       float64 `json:"test_error"`
	TestTop5Error   float64 `json:"test_top5_error"`
	BestTestError   float64 `json:"best_test_error"`
	ImagesPerSecond float64 `json:"images_per_second"`
	Seconds         float64 `json:"seconds"`
}

// Result reads the outcome, nil while the run has not ended.
func (d *Directory) Result() (*Result, error) {
	text, err := os.ReadFile(d.file(resultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the outcome")
	}
	r := &Result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", d.file(resultFile))
	}
	return r, nil
}

// Finish writes what the network makes of the test set and the outcome of a run
// that has ended, and returns the outcome. When ctx ends before, the run can be
// finished again.
func (d *Directory) Finish(ctx context.Context, t *Trainer) (Result, error) {
	if err := d.predict(ctx, t); err != nil {
		return Result{}, err
	}
	r := Result{Model: t.config.Name, Parameters: t.state.Parameters(), Iterations: t.Iteration(), BestTestError: t.BestTestError()}
	if last := t.Last(); last != nil {
		r.TrainError, r.ImagesPerSecond, r.Seconds = last.TrainError, last.ImagesPerSecond, last.Seconds
		if last.Test != nil {
			r.TestError, r.TestTop5Error = last.Test.Error, last.Test.Top5Error
		}
	}
	return r, d.writeJSON(resultFile, r)
}

func (d *Directory) writeJSON(name string, v any) error {
	return graph.WriteFile(d.file(name), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
