package training

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
)

// A checkpoint is a safetensors file with the network's tensors under PyTorch's
// names and in its layout, as evaluations measure them, so that who loads the names
// that a network has gets what was measured; the optimizer's slots, named
// slot.tensor, and, where the former are an average, the weights that are trained,
// behind the prefix below; the card, the optimizer, the progress of the run and what it
// carries in the metadata. Earlier versions had the weights that are trained under the
// plain names, and the average behind a prefix.
const (
	rawPrefix     = "raw."
	averagePrefix = "average." // of earlier versions
	modelKey      = "model"
	progressKey   = "training"
)

// reserved are prefixes that slots cannot have.
var reserved = map[string]bool{rawPrefix: true, averagePrefix: true, solverPrefix: true}

// Save writes a checkpoint, whole or not at all. It refuses weights that are not
// finite, so that a good checkpoint is never replaced by a useless one.
func (t *Trainer) Save(path string) error {
	if err := t.made(); err != nil {
		return err
	}
	tensors := t.state.Tensors()
	if t.average != nil {
		tensors = append(slices.Clip(tensors), t.average.state.Tensors()...)
	}
	for _, x := range tensors {
		if err := t.finite(x.Name, x.Data()); err != nil {
			return err
		}
	}
	arrays := t.measured().Arrays()
	kept, about, err := t.solverState()
	if err != nil {
		return err
	}
	arrays = append(arrays, kept...)
	if t.average != nil {
		for _, a := range t.state.Arrays() {
			a.Name = rawPrefix + a.Name
			arrays = append(arrays, a)
		}
	}
	progress, err := json.Marshal(t.progress)
	if err != nil {
		return errors.Wrap(err, "training: progress")
	}
	metadata := map[string]string{progressKey: string(progress), optimizerKey: about}
	if err := t.card().write(metadata); err != nil {
		return err
	}
	if err := t.config.writeCarry(metadata); err != nil {
		return err
	}
	return weights.WriteSafetensors(path, arrays, metadata)
}

// finite refuses what holds a value that is not.
func (t *Trainer) finite(name string, values []float32) error {
	for _, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return errors.Wrapf(ErrDiverged, "training: %s holds %v at iteration %d; not saved", name, v, t.progress.Iteration)
		}
	}
	return nil
}

// Load goes back to where a checkpoint was written. A damaged file, or one of
// another model or optimizer, is an error and changes nothing; an optimizer's settings
// may be others than they were. A run with a Solver can be resumed where that is
// Resumable: Gorgonia's do not give their state away.
func (t *Trainer) Load(path string) error {
	if err := t.made(); err != nil {
		return err
	}
	arrays, metadata, checked, err := weights.ReadSafetensors(path)
	if err != nil {
		return err
	}
	if !checked || metadata[progressKey] == "" {
		return errors.Errorf("training: %s is no checkpoint of a training run (weights alone cannot be resumed from)", path)
	}
	if name := metadata[modelKey]; name != t.config.Name {
		return errors.Errorf("training: %s is a checkpoint of %s, not of %s", path, name, t.config.Name)
	}
	card, err := parseCard(metadata)
	if err != nil {
		return errors.Wrapf(err, "training: %s is damaged", path)
	}
	if of, task := card.task(), t.config.Task.Name(); of != task {
		return errors.Errorf("training: %s is a checkpoint of the task %s, not of %s", path, of, task)
	}
	var p progress
	if err := json.Unmarshal([]byte(metadata[progressKey]), &p); err != nil {
		return errors.Wrapf(err, "training: %s: progress", path)
	}
	if p.Iteration < 0 || p.Steps < 0 {
		return errors.Errorf("training: %s: progress of %d iterations", path, p.Iteration)
	}
	solver, err := t.loadSolver(arrays, metadata, p.Iteration)
	if err != nil {
		return errors.WithMessagef(err, "training: %s", path)
	}
	given := split(solver.rest)
	tensors, averages := given.raw, given.measured
	if len(tensors) == 0 {
		tensors, averages = given.measured, nil
	}
	if (len(averages) > 0) != (t.average != nil) {
		return errors.Errorf("training: %s has an average of the weights and the run none, or the other way round", path)
	}
	if err := t.state.CheckArrays(tensors, nil); err != nil {
		return errors.Wrapf(err, "training: %s", path)
	}
	if t.average != nil {
		if err := t.average.state.CheckArrays(averages, nil); err != nil {
			return errors.Wrapf(err, "training: %s: average", path)
		}
	}
	if err := t.config.readCarry(metadata, solver.set); err != nil {
		return errors.WithMessagef(err, "training: %s", path)
	}
	if t.average != nil {
		if err := t.average.state.SetArrays(averages, nil); err != nil {
			return errors.Wrapf(err, "training: %s: average", path)
		}
	}
	if err := t.state.SetArrays(tensors, nil); err != nil {
		return errors.Wrapf(err, "training: %s", path)
	}
	t.progress = p
	return nil
}

// LoadWeights sets the network's tensors from a safetensors or PyTorch file, as
// graph.State.LoadFile does, and nothing else. Of a checkpoint it takes what was
// measured, so the average of the weights where there is one; the rest and counters
// are passed over.
func LoadWeights(state *graph.State, path string) error {
	if state == nil {
		return errors.New("training: want a state to load weights into, got nil")
	}
	_, err := state.LoadFile(path, weights.FitOptions{})
	return err
}

// parts are the arrays of a checkpoint under the names of the network's tensors.
type parts struct {
	measured []weights.Array // as evaluations saw them
	raw      []weights.Array // those that are trained, where the former are an average
}

// split takes the network's arrays of a checkpoint, of an earlier version too, or of a
// file of weights alone apart.
func split(arrays []weights.Array) (p parts) {
	var averages []weights.Array
	for _, a := range arrays {
		to := &p.measured
		for prefix, of := range map[string]*[]weights.Array{rawPrefix: &p.raw, averagePrefix: &averages} {
			if name, ok := strings.CutPrefix(a.Name, prefix); ok {
				a.Name, to = name, of
				break
			}
		}
		*to = append(*to, a)
	}
	if len(averages) > 0 {
		p.raw, p.measured = append(p.raw, p.measured...), averages
	}
	return p
}
