package experiment

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Divergence is how the training of a network ended whose loss or weights stopped being
// numbers. Where networks are compared that may happen to some: it is their outcome, and
// no reason to end the others.
type Divergence struct {
	Iteration int    `json:"iteration"`
	Error     string `json:"error"`
}

// divergedFile is where it is kept.
const divergedFile = "diverged.json"

// readDivergence reads how a network diverged, nil if it has not.
func readDivergence(dir *training.Directory) (*Divergence, error) {
	text, err := os.ReadFile(filepath.Join(dir.Path(), divergedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	d := new(Divergence)
	if err == nil {
		err = json.Unmarshal(text, d)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "experiment: %s: %s", dir.Path(), divergedFile)
	}
	return d, nil
}

// diverged records that a network diverged, where the design goes on without it.
func (e *Experiment) diverged(m *meter, err error) error {
	if !e.config.design.Diverges || !errors.Is(err, training.ErrDiverged) {
		return err
	}
	e.line(err.Error(), "it is left out")
	e.mu.Lock()
	e.progress.Done += e.work(m.network, m.network.Iterations) - e.work(m.network, m.trainer.Iteration())
	e.mu.Unlock()
	return writeJSON(filepath.Join(m.dir.Path(), divergedFile), Divergence{m.trainer.Iteration(), err.Error()})
}
