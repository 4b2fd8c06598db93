package training

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
)

const (
	// optimizerKey is where the metadata of a checkpoint says what the slots are of.
	optimizerKey = "optimizer"
	// solverPrefix is that of the arrays of a Resumable.
	solverPrefix = "solver."
)

// about is what a checkpoint says of the optimizer.
type about struct {
	Kind     string          `json:"kind"` // of a solver with its package
	Slots    []string        `json:"slots,omitempty"`
	Step     int             `json:"step"`               // steps done
	Settings json.RawMessage `json:"settings,omitempty"` // for readers: a run may be resumed with others
	Groups   *Groups         `json:"groups,omitempty"`
}

// prepareSolver finds out the groups of the network's parameters, and whether the slots
// can be told from its tensors in checkpoints.
func (t *Trainer) prepareSolver() error {
	s, ok := t.config.Solver.(*Solver)
	if !ok {
		return nil
	}
	var layers []layer
	for _, x := range t.state.Tensors() {
		layers = append(layers, layer{x.Name, len(x.Shape())})
		if first, _, _ := strings.Cut(x.Name, "."); slices.Contains(s.Optimizer.Slots(), first) {
			return errors.Errorf("training: %s is called as a slot of %s is; choose another name for the layer", x.Name, kind(s.Optimizer))
		}
	}
	s.stages = stagesOf(layers)
	for _, x := range t.state.Tensors() {
		if !x.Trainable {
			continue
		}
		if _, _, err := s.Groups.factors(s.stages, x.Name, x.Shape()); err != nil {
			return err
		}
	}
	return nil
}

// solverState is what a checkpoint keeps of the optimizer or solver, and says of it.
func (t *Trainer) solverState() (arrays []weights.Array, text string, err error) {
	a := about{Kind: kind(t.config.Solver), Step: t.progress.Iteration}
	switch s := t.config.Solver.(type) {
	case *Solver:
		a.Kind, a.Slots = kind(s.Optimizer), s.Optimizer.Slots()
		if a.Settings, err = json.Marshal(s.Optimizer); err != nil {
			a.Settings = nil // of one's own, with what cannot be written down
		}
		if s.Groups.WeightsOnly || s.Groups.LayerDecay != 0 {
			a.Groups = &s.Groups
		}
		if arrays, err = t.slots(s); err != nil {
			return nil, "", err
		}
	case Resumable:
		for _, x := range s.Arrays() {
			x.Name = solverPrefix + x.Name
			arrays = append(arrays, x)
		}
	}
	out, err := json.Marshal(a)
	return arrays, string(out), errors.Wrap(err, "training: optimizer")
}

// slots are those of all parameters; they are 0 of those that no step has met.
func (t *Trainer) slots(s *Solver) (arrays []weights.Array, err error) {
	for i, slot := range s.Optimizer.Slots() {
		for _, x := range t.state.Tensors() {
			if !x.Trainable {
				continue
			}
			a := weights.Array{Name: slot + "." + x.Name, Shape: x.TorchShape()}
			if m := s.known(x.Name); m != nil {
				a.Data = x.ToTorch(m.Slots[i])
			} else {
				a.Data = make([]float32, len(x.Data()))
			}
			if err := t.finite(a.Name, a.Data); err != nil {
				return nil, err
			}
			arrays = append(arrays, a)
		}
	}
	return arrays, nil
}

// loaded is the state of an optimizer or solver in a checkpoint.
type loaded struct {
	rest []weights.Array // what is not of it
	set  func() error    // goes on with it; an error changes nothing
}

// loadSolver reads the state of the optimizer or solver after so many steps, and
// changes nothing yet.
func (t *Trainer) loadSolver(arrays []weights.Array, metadata map[string]string, steps int) (l loaded, err error) {
	was := about{Kind: kind(SGD{}), Slots: SGD{}.Slots(), Step: steps} // of earlier versions
	if text := metadata[optimizerKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &was); err != nil {
			return l, errors.Wrap(err, "optimizer")
		}
	}
	s, ours := t.config.Solver.(*Solver)
	other, resumable := t.config.Solver.(Resumable)
	is := kind(t.config.Solver)
	if ours {
		is = kind(s.Optimizer)
	}
	switch {
	case !ours && !resumable:
		return l, errors.Errorf("a run with a %s cannot be resumed: the solver does not give its state away, see Resumable; the optimizers of this package do", is)
	case is != was.Kind:
		return l, errors.Errorf("it is of a run with %s, which cannot be resumed with %s; its weights can be trained on with LoadWeights", was.Kind, is)
	case was.Step != steps:
		return l, errors.Errorf("the optimizer has done %d steps, the run %d", was.Step, steps)
	case ours && !slices.Equal(s.Optimizer.Slots(), was.Slots):
		return l, errors.Errorf("%s kept %s there, and with other settings keeps %s now", is, strings.Join(was.Slots, ", "), strings.Join(s.Optimizer.Slots(), ", "))
	}
	state := map[string][]weights.Array{} // by what comes before the first dot
	for _, a := range arrays {
		first, name, _ := strings.Cut(a.Name, ".")
		if ours && slices.Contains(was.Slots, first) || !ours && first+"." == solverPrefix {
			a.Name = name
			state[first] = append(state[first], a)
		} else {
			l.rest = append(l.rest, a)
		}
	}
	if !ours {
		l.set = func() error {
			return errors.WithMessagef(other.SetArrays(state[strings.TrimSuffix(solverPrefix, ".")]), "the state of the %s", is)
		}
		return l, nil
	}
	l.set = func() error {
		params, err := t.members(s, state)
		if err == nil {
			s.params, s.steps = params, steps
		}
		return err
	}
	return l, nil
}

// members are the parameters with the slots of a checkpoint.
func (t *Trainer) members(s *Solver, state map[string][]weights.Array) (map[string]*member, error) {
	fresh := Solver{Optimizer: s.Optimizer, Groups: s.Groups, stages: s.stages}
	for i, slot := range s.Optimizer.Slots() {
		given := map[string][]float32{}
		for _, a := range state[slot] {
			given[a.Name] = a.Data
		}
		for _, x := range t.state.Tensors() {
			if !x.Trainable {
				continue
			}
			if len(given[x.Name]) != len(x.Data()) {
				return nil, errors.Errorf("the %s of %s is missing or of another size", slot, x.Name)
			}
			m, err := fresh.member(x.Name, x.Shape())
			if err == nil {
				err = x.FromTorch(m.Slots[i], given[x.Name])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return fresh.params, nil
}
