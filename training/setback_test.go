package training_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// blow is a learning rate that ruins the weights in one step and leaves them finite,
// but not those of the steps after it.
type blow struct{ at int }

func (s blow) Rate(p training.Progress) float64 {
	if p.Iteration >= s.at {
		return 1e12
	}
	return 0.05
}

// TestGoBack saves weights that are ruined and finite, and wants a run that then
// diverges to go back to those before them, and further should it diverge again.
func TestGoBack(t *testing.T) {
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	c := config()
	c.Schedule = blow{at: 10}
	var tr *training.Trainer
	var saved error
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	c.OnStep = func(s training.Step) {
		dir.Step(s)
		if s.Iteration == 11 {
			saved = dir.Save(tr)
		}
	}
	tr = newTrainer(t, c)
	if err := dir.Save(tr); err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); !errors.Is(err, training.ErrDiverged) || tr.Iteration() < 11 || saved != nil {
		t.Fatalf("want a run that diverges after its checkpoint at step 11, got %v at step %d (%v)", err, tr.Iteration(), saved)
	}
	if err := dir.GoBack(t.Context(), tr); err != nil || tr.Iteration() != 8 || tr.Setbacks() != 1 {
		t.Fatalf("back at step %d with %d setbacks, want 8 with 1: %v", tr.Iteration(), tr.Setbacks(), err)
	}
	fresh := newTrainer(t, c)
	if err := fresh.Load(dir.Latest()); err != nil || fresh.Setbacks() != 1 || !slices.Equal(bits(t, fresh, nil), bits(t, tr, nil)) {
		t.Errorf("the newest checkpoint is not where the run goes on: %v", err)
	}
	steps := []int{8}
	for n := 2; n <= 3; n++ {
		if err := tr.Run(t.Context()); !errors.Is(err, training.ErrDiverged) {
			t.Fatalf("want a run that diverges again, got %v", err)
		}
		if err := dir.GoBack(t.Context(), tr); err != nil || tr.Setbacks() != n {
			t.Fatalf("setback %d of %d: %v", tr.Setbacks(), n, err)
		}
		steps = append(steps, tr.Iteration())
	}
	if !slices.IsSortedFunc(steps, func(a, b int) int { return b - a }) {
		t.Errorf("went back to steps %v, want none later than the one before", steps)
	}
	rates, err := dir.Rates()
	if err != nil || len(rates) != tr.Iteration() {
		t.Errorf("%d rates are recorded of %d steps: %v", len(rates), tr.Iteration(), err)
	}
	c.Schedule = training.Constant{Base: 0.05} // what was wrong is mended
	tr = newTrainer(t, c)
	if err := dir.Restore(tr); err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Errorf("the run does not go on: %v", err)
	}
}

// TestGoBackFurther diverges twice from one checkpoint that is not ruined, and wants
// the one before it the second time; from there it comes to a record, as if nothing
// had been.
func TestGoBackFurther(t *testing.T) {
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	c := config()
	c.Every, c.Schedule = 5, jump{at: 10}
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	for i, want := range []int{10, 5, 10} { // from 5 it comes to a record at 10
		if err := tr.Run(t.Context()); !errors.Is(err, training.ErrDiverged) {
			t.Fatal(err)
		}
		if err := dir.GoBack(t.Context(), tr); err != nil || tr.Iteration() != want {
			t.Fatalf("setback %d: at step %d, want %d: %v", i+1, tr.Iteration(), want, err)
		}
	}
}

// TestNothingToGoBackTo has ruined weights in all checkpoints.
func TestNothingToGoBackTo(t *testing.T) {
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	c := config()
	tr := newTrainer(t, c)
	if err := dir.GoBack(t.Context(), tr); !errors.Is(err, training.ErrDiverged) || !strings.Contains(err.Error(), "there is no checkpoint") {
		t.Errorf("without any: %v", err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range tr.State().Get("fc.weight").Data() {
		tr.State().Get("fc.weight").Data()[i] *= 1e15
	}
	for range 2 {
		if err := dir.Save(tr); err != nil {
			t.Fatal(err)
		}
	}
	err = dir.GoBack(t.Context(), tr)
	if !errors.Is(err, training.ErrDiverged) || !strings.Contains(err.Error(), "no checkpoint can be gone on from") || !strings.Contains(err.Error(), "latest.safetensors of step 20: the loss of the next batch is") {
		t.Errorf("got %v", err)
	}
}
