package report

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Run is what the directory of a run records.
type Run struct {
	Path        string    // of the directory
	Settings    []Setting // of config.json, in its order
	Log         []training.Record
	Result      *training.Result      // nil for a run that has not ended
	Predictions *training.Predictions // nil where none are recorded
	Origin      Origin                // as far as it is recorded
	Task        string                // empty where nothing says it
	Metrics     []training.Metric     // of the task, what the best checkpoint goes by first

	Samples []Samples // what the run has made of noise, the newest first, as far as a page shows it

	steps []training.Point // learning rates of single steps, where they are recorded
	strip bool             // the pictures of mistakes are in mistakes.png itself, as older versions left them
}

// Setting is a name and a value of config.json.
type Setting struct{ Name, Value string }

// Open reads the directory of a run. Where there is none, where its log has no rows
// or where a record is damaged, the error names the file.
func Open(path string) (*Run, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Errorf("report: there is no directory %s", path)
	}
	var text json.RawMessage
	dir, err := training.OpenDirectory(path, &text)
	if err != nil {
		return nil, err
	}
	r := &Run{Path: path}
	if r.Settings, err = settings(text); err != nil {
		return nil, errors.Wrapf(err, "report: the settings of %s", path)
	}
	if r.Log, err = dir.Records(); err != nil {
		return nil, err
	}
	if r.steps, err = dir.Rates(); err != nil {
		return nil, err
	}
	r.Task, r.Metrics = dir.Task()
	if r.Result, err = dir.Result(); err != nil {
		return nil, err
	}
	if r.Origin, err = ReadOrigin(path); err != nil {
		return nil, err
	}
	if r.Origin.Version == "" {
		r.Origin.Version = r.setting("version")
	}
	if r.Predictions, err = dir.Predictions(); err != nil {
		return nil, err
	}
	if r.Samples, err = readSamples(path, r.last().Iteration); err != nil {
		return nil, err
	}
	_, err = os.Stat(filepath.Join(path, "mistakes-raw.png"))
	r.strip = errors.Is(err, fs.ErrNotExist) && r.Predictions != nil && len(r.Predictions.Pictures) > 0
	return r, nil
}

// maxSettings is more than any config.json has.
const maxSettings = 1000

// settings reads the object that config.json is, in its order.
func settings(text []byte) ([]Setting, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Errorf("want names and values, got %v", t)
	}
	var all []Setting
	for d.More() {
		if len(all) == maxSettings {
			return nil, errors.Errorf("more than %d of them", maxSettings)
		}
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		s := Setting{Name: name.(string), Value: string(value)}
		var text string
		if json.Unmarshal(value, &text) == nil {
			s.Value = text
		}
		all = append(all, s)
	}
	return all, nil
}

// setting is the value of that name, empty where there is none.
func (r *Run) setting(name string) string {
	for _, s := range r.Settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

// model is the network's name.
func (r *Run) model() string {
	if r.Result != nil && r.Result.Model != "" {
		return r.Result.Model
	}
	if name := r.setting("model"); name != "" {
		return name
	}
	return r.name()
}

// classes is how many classes the run tells apart, 0 where nothing says so.
func (r *Run) classes() int {
	switch {
	case r.Predictions != nil:
		return len(r.Predictions.Classes)
	case r.setting("dataset") == "cifar100":
		return 100
	case r.setting("dataset") == "cifar10":
		return 10
	}
	for _, x := range r.Log {
		if x.Test != nil && x.Test.Top5Error > 0 {
			return manyClasses // or more: with five, no error is left
		}
	}
	return 0
}

// name is that of the directory.
func (r *Run) name() string {
	if whole, err := filepath.Abs(r.Path); err == nil { // "." has a name too
		return filepath.Base(whole)
	}
	return r.Path
}

// labels tell runs apart: by the networks' names, or else the directories', or
// else all of the paths.
func labels(runs []*Run) []string {
	for _, name := range []func(*Run) string{(*Run).model, (*Run).name} {
		var names []string
		for _, r := range runs {
			if !slices.Contains(names, name(r)) {
				names = append(names, name(r))
			}
		}
		if len(names) == len(runs) {
			return names
		}
	}
	names := make([]string, len(runs))
	for i, r := range runs {
		names[i] = r.Path
	}
	return names
}

// recorded are the runs of which there is something to tell.
func recorded(runs []*Run) (out []*Run) {
	for _, r := range runs {
		if r != nil && len(r.Log) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// last is the newest row of the log.
func (r *Run) last() training.Record { return r.Log[len(r.Log)-1] }

// best is the best on the test set of what the best checkpoint goes by, NaN where none
// was measured.
func (r *Run) best() float64 {
	best, first := unmeasured, r.first()
	for _, x := range r.Log {
		if v := x.Value("test_" + first.Name); best != best || first.Higher && v > best || !first.Higher && v < best {
			best = v
		}
	}
	return best
}
