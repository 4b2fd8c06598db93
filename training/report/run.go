package report

import (
	"image"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Run is what the directory of a run records.
type Run struct {
	Path        string
	Name        string    // of the network; the directory's where it does not say
	Settings    []Setting // of config.json, in its order
	Log         []training.Record
	Result      *training.Result      // nil for a run that has not ended
	Predictions *training.Predictions // nil where none were recorded
	Mistakes    []image.Image         // of the most confident wrong predictions, in order
}

// Setting is a line of the table of settings.
type Setting struct{ Name, Value string }

// Open reads the directory of a run. One without a log, or with a damaged record,
// is an error that names the file.
func Open(dir string) (*Run, error) { return nil, errors.New("report: not yet") }

// New makes a page of one run, or of several side by side.
func New(runs ...*Run) Page { return Page{} }
