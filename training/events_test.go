package training_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/tensorboard"
)

// events are what a run has recorded for TensorBoard, but for its speed.
func events(t *testing.T, dir *training.Directory) (lines []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir.Path(), "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want one file of events, got %v", files)
	}
	all, err := tensorboard.Read(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		for _, v := range e.Values {
			if v.Tag == "images_per_second" {
				v.Scalar = 0
			}
			lines = append(lines, fmt.Sprint(e.Step, " ", v.Tag, " ", math.Float32bits(v.Scalar), " ", v.Histogram))
		}
	}
	return lines
}

// session is one process of a run: it goes on from the newest checkpoint and is
// stopped after a step, if that is not zero, as by Ctrl-C. What is wrong with that
// checkpoint is reported where somebody wants to know.
func session(t *testing.T, path string, stop int, damage ...*string) *training.Directory {
	t.Helper()
	var settings struct{}
	dir, err := training.ResumeDirectory(path, &settings)
	if err != nil {
		if dir, err = training.CreateDirectory(path, settings); err != nil {
			t.Fatal(err)
		}
	}
	defer dir.Close()
	dir.Histograms = true
	for _, d := range damage {
		dir.OnDamage = func(err error) { *d += err.Error() }
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var tr *training.Trainer
	c := config()
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	c.OnStep = func(s training.Step) {
		dir.Step(s)
		if s.Iteration == stop {
			cancel()
		}
	}
	tr = newTrainer(t, c)
	if err := dir.Restore(tr); err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(ctx); err != nil && stop == 0 {
		t.Fatal(err)
	}
	if stop != 0 {
		if tr.Iteration() != stop {
			t.Fatalf("stopped at step %d, want %d", tr.Iteration(), stop)
		}
		if err := dir.Save(tr); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestEventsOfResumedRun stops a run within an epoch and at the end of one before
// its record, and lets it crash after each record and before the checkpoint: there
// is every event once, as in a run left alone.
func TestEventsOfResumedRun(t *testing.T) {
	base := t.TempDir()
	want := events(t, session(t, filepath.Join(base, "alone"), 0))
	for _, tag := range []string{"20 step/loss", "8 loss/train", "8 loss/test", "8 error/train", "20 error/test", "4 learning_rate", "4 images_per_second",
		"4 weights/", "4 gradients/"} {
		if !slices.ContainsFunc(want, func(line string) bool { return strings.HasPrefix(line, tag) }) {
			t.Errorf("no event %s", tag)
		}
	}
	for _, stop := range []int{3, 8, 10, 19} {
		path := filepath.Join(base, fmt.Sprint(stop))
		dir := session(t, path, stop)
		checkpoint, err := os.ReadFile(dir.Latest())
		if err != nil {
			t.Fatal(err)
		}
		session(t, path, 0)
		// Back to where a crash before all later checkpoints would have left it.
		if err := os.WriteFile(dir.Latest(), checkpoint, 0o644); err != nil {
			t.Fatal(err)
		}
		session(t, path, 0)
		got := events(t, dir)
		if stop == 8 || stop == 19 { // the gradients of a step before the resumption are gone
			lost := func(line string) bool { return strings.HasPrefix(line, fmt.Sprint(stop, " gradients/")) }
			if slices.ContainsFunc(got, lost) {
				t.Errorf("stopped at %d: gradients of no step", stop)
			}
			got, want := slices.Clone(got), slices.DeleteFunc(slices.Clone(want), lost)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("stopped at %d, the end of an epoch:\n%s\nwant\n%s", stop, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("stopped at %d:\n%s\nwant\n%s", stop, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		log, err := dir.Records()
		if err != nil || len(log) != 6 {
			t.Errorf("stopped at %d: %d rows, want 6: %v", stop, len(log), err)
		}
	}
}
