package training

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training/tensorboard"
	"github.com/pkg/errors"
)

// Directory is where a run keeps its files:
//
//	config.json                   all settings
//	log.csv                       a row per epoch
//	events.out.tfevents.gorgonet  the same for TensorBoard, and the loss and the learning rate of every step
//	latest.safetensors            the newest checkpoint
//	previous.safetensors          the one before it, should that be damaged
//	best.safetensors              that of the best on the test set, by the task's first metric
//	.lock                         the process that writes here
//
// and when the run has ended
//
//	predictions.csv               what the network made of each test example
//	classes.txt                   the names of the classes, a line each
//	mistakes-raw.png              the examples of the most confident wrong predictions, side by side
//	result.json                   the outcome
type Directory struct {
	// Histograms has the distributions of all parameters and their gradients
	// recorded for TensorBoard at every epoch.
	Histograms bool

	// OnDamage is called by Restore with what is wrong with the newest checkpoint
	// when it goes back to the previous one; nil means nobody wants to know.
	OnDamage func(error)

	path     string
	events   *tensorboard.Writer
	lock     *os.File // nil where the directory is only read
	recorded int      // steps at the newest record that is written
	whole    bool     // whether the newest checkpoint is known to be
	back     setback  // since the directory was opened
}

const (
	configFile      = "config.json"
	logFile         = "log.csv"
	eventsFile      = "events.out.tfevents.gorgonet"
	latestFile      = "latest.safetensors"
	previousFile    = "previous.safetensors"
	heldFile        = "." + previousFile + ".tmp-0" // named as durable.RemoveTemporary has it
	bestFile        = "best.safetensors"
	lockFile        = ".lock"
	predictionsFile = "predictions.csv"
	classesFile     = "classes.txt"
	mistakesFile    = "mistakes-raw.png"
	sheetFile       = "mistakes.png" // made of it by package report; a strip such as mistakesFile is where there is none
	resultFile      = "result.json"
)

func newDirectory(path string) *Directory {
	d := &Directory{path: path}
	d.events = tensorboard.NewWriter(d.file(eventsFile))
	return d
}

// CreateDirectory makes the directory of a new run, locks it and writes its
// settings. One that holds a run already, or that another process has locked, is
// refused.
func CreateDirectory(path string, config any) (*Directory, error) {
	d := newDirectory(path)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, errors.Wrapf(err, "training: cannot make the output directory %s", path)
	}
	if _, err := os.Stat(d.file(configFile)); err == nil {
		return nil, errors.Errorf("training: %s holds a run already; resume it, or choose another directory", path)
	}
	if err := d.acquire(); err != nil {
		return nil, err
	}
	if err := d.writeJSON(configFile, config); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// ResumeDirectory opens the directory of a run to go on with it: it reads the
// settings into config, locks the directory, and clears away what a crash left half
// written. One that another process has locked is refused.
func ResumeDirectory(path string, config any) (*Directory, error) {
	d, err := OpenDirectory(path, config)
	if err != nil {
		return nil, err
	}
	return d, d.acquire()
}

// acquire locks the directory and removes stray files.
func (d *Directory) acquire() (err error) {
	if d.lock, err = lock(d.path); err != nil {
		return err
	}
	if err = durable.RemoveTemporary(d.path); err != nil {
		d.Close()
	}
	return err
}

// Close gives the lock back. The end of the process does so too.
func (d *Directory) Close() error {
	if d == nil || d.lock == nil {
		return nil
	}
	err := d.lock.Close()
	d.lock = nil
	return errors.Wrap(err, "training: cannot unlock the directory")
}

// OpenDirectory opens the directory of a run for reading, and reads its settings
// into config.
func OpenDirectory(path string, config any) (*Directory, error) {
	d := newDirectory(path)
	text, err := os.ReadFile(d.file(configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Errorf("training: there is no run in %s, since it has no %s: start one there", path, configFile)
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the run's settings")
	}
	err = json.Unmarshal(text, config)
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) {
		return nil, errors.Errorf("training: %s holds the settings of another command, or of another version of this one: %q is a %s there, want %v",
			d.file(configFile), other.Field, other.Value, other.Type)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", d.file(configFile))
	}
	return d, nil
}

// Path is the directory.
func (d *Directory) Path() string { return d.path }

func (d *Directory) file(name string) string { return filepath.Join(d.path, name) }

// Best is the checkpoint of the best record on the test set, by the task's first metric,
// such as the lowest error.
func (d *Directory) Best() string { return d.file(bestFile) }

// Latest is the newest checkpoint.
func (d *Directory) Latest() string { return d.file(latestFile) }

// Restore loads the newest checkpoint, if the run has come that far, and takes
// rows and events that are newer than it out of the records. Where that checkpoint
// is missing or damaged it goes back to the previous one (see OnDamage).
func (d *Directory) Restore(t *Trainer) error {
	if err := d.writable(t); err != nil {
		return err
	}
	if err := d.load(t); err != nil {
		return err
	}
	return d.forget(t)
}

// locked refuses what would write without the lock.
func (d *Directory) locked() error {
	if d == nil {
		return errors.New("training: want the directory of a run, got nil")
	}
	if d.lock == nil {
		return errors.Errorf("training: %s was opened for reading, or is closed; only what CreateDirectory or ResumeDirectory return can be restored and written to, before Close", d.path)
	}
	return nil
}

// writable tells whether the records of a trainer can be written.
func (d *Directory) writable(t *Trainer) error {
	if d != nil && t == nil {
		return errors.Errorf("training: %s: want a trainer, got nil", d.path)
	}
	return d.locked()
}

// forget takes out of the records what is newer than the trainer.
func (d *Directory) forget(t *Trainer) error {
	d.events = tensorboard.NewWriter(d.file(eventsFile)) // without what was not written yet
	d.recorded = 0
	if last := t.Last(); last != nil {
		d.recorded = last.Iteration
	}
	if err := d.log(t).Trim(d.recorded); err != nil {
		return err
	}
	return d.trimEvents(t.Iteration(), d.recorded)
}

// load loads the newest checkpoint that is whole, nothing where there is none yet.
func (d *Directory) load(t *Trainer) error {
	err := t.Load(d.Latest())
	if d.whole = err == nil; d.whole {
		return nil
	}
	earlier := t.Load(d.file(previousFile))
	none := errors.Is(earlier, fs.ErrNotExist)
	switch {
	case earlier == nil:
		if d.OnDamage != nil {
			d.OnDamage(errors.WithMessagef(err, "going on from step %d, the checkpoint before, since the newest cannot be used", t.Iteration()))
		}
		return nil
	case none && errors.Is(err, fs.ErrNotExist):
		return nil
	case none:
		return errors.WithMessage(err, "training: cannot resume, and there is no earlier checkpoint")
	}
	return errors.Errorf("training: cannot resume: %v; nor from the checkpoint before: %v; copy %s to %s to go on from there", err, earlier, bestFile, latestFile)
}

// Step records a step for TensorBoard. It is for Config.OnStep; what it records is
// kept in memory until the next Record or Save.
func (d *Directory) Step(s Step) {
	if d == nil || d.events == nil {
		return // of no run
	}
	d.events.Scalar(s.Iteration, stepLossTag, s.Loss)
	d.events.Scalar(s.Iteration, stepRateTag, s.Rate)
}

// Record appends a row to the log and the same to the events, and then saves the
// checkpoint, in this order: after a crash in between, Restore drops what the
// checkpoint does not know and the run makes it again. It is for Config.OnEpoch.
// After an error Record can be called again: a row that is written stays one row.
func (d *Directory) Record(t *Trainer, r Record) error {
	if err := d.writable(t); err != nil {
		return err
	}
	if r.Iteration != d.recorded {
		if err := d.append(t, r); err != nil {
			return err
		}
		d.recorded = r.Iteration
		d.addEvents(t, r)
	}
	if t.isBest(r) {
		if err := t.Save(d.file(bestFile)); err != nil {
			return err
		}
	}
	return d.Save(t)
}

// Save writes the newest checkpoint, after the events of the steps before it. What
// was the newest becomes the previous one.
func (d *Directory) Save(t *Trainer) error {
	if err := d.writable(t); err != nil {
		return err
	}
	if err := d.events.Flush(); err != nil {
		return err
	}
	if !d.whole {
		err := t.Save(d.Latest())
		d.whole = err == nil
		return err
	}
	if err := d.hold(); err != nil {
		return err
	}
	if err := t.Save(d.Latest()); err != nil {
		_ = os.Remove(d.file(heldFile))
		return err
	}
	return errors.Wrap(os.Rename(d.file(heldFile), d.file(previousFile)), "training: cannot keep the previous checkpoint")
}

// hold gives the newest checkpoint a second name, so that it outlives the coming of
// the next. Where the file system has no links it is copied.
func (d *Directory) hold() error {
	if os.Link(d.Latest(), d.file(heldFile)) == nil {
		return nil
	}
	f, err := os.Open(d.Latest())
	if err != nil {
		return errors.Wrap(err, "training: cannot keep the previous checkpoint")
	}
	defer f.Close()
	return durable.WriteFile(d.file(heldFile), func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

func (d *Directory) writeJSON(name string, v any) error {
	return durable.WriteFile(d.file(name), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
