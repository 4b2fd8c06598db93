package job

import (
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

// Early says when a run is to end before its last step.
type Early struct {
	Patience int    `json:"patience"`
	Monitor  string `json:"monitor"`

	columns []string // of log.csv that -monitor takes; nil for those of classification
}

// monitored are what -monitor takes for classification: columns of log.csv.
var monitored = []string{"test_error", "test_top5_error", "test_loss", "train_error", "train_loss"}

// Bind binds the settings to flags.
func (e *Early) Bind(f *cli.Flags) {
	f.IntVar(&e.Patience, "patience", e.Patience, "end the run after `N` epochs in a row in which -monitor was not better than before (0: after the last step)")
	columns := e.monitors()
	last := len(columns) - 1
	f.StringVar(&e.Monitor, "monitor", columns[0], "what -patience goes by, a `COLUMN` of log.csv: "+strings.Join(columns[:last], ", ")+" or "+columns[last])
}

// Check finds what is wrong.
func (e *Early) Check() error {
	if err := cli.NotNegative("patience", float64(e.Patience)); err != nil {
		return err
	}
	return cli.OneOf("monitor", e.Monitor, e.monitors()...)
}

// monitors are what -monitor takes.
func (e *Early) monitors() []string {
	if e.columns == nil {
		return monitored
	}
	return e.columns
}

// stopper is the same for the library.
func (e *Early) stopper() training.Stopper {
	if e.Patience == 0 {
		return training.Stopper{}
	}
	return training.Stopper{Metric: e.Monitor, Patience: e.Patience}
}
