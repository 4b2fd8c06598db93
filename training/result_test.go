package training_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/training"
)

// TestResult wants the outcome in numbers as people write them, and when, where and
// by what it was made.
func TestResult(t *testing.T) {
	dir, err := training.CreateDirectory(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	tr := newTrainer(t, config())
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	r, err := dir.Finish(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir.Path(), "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if noise := regexp.MustCompile(`\d\.\d{9,}`).FindString(string(text)); noise != "" {
		t.Errorf("%s has the number %s", text, noise)
	}
	if r.Finished.Before(before) || r.Finished.After(time.Now().Add(time.Second)) || r.Machine.Processor == "" || r.Machine.Cores != runtime.GOMAXPROCS(0) ||
		!slices.Contains([]string{"avx512", "avx2", "go"}, r.Machine.Kernels) || r.Go != runtime.Version() || r.Version == "" {
		t.Errorf("%s does not say when, where and by what", text)
	}
	again, err := dir.Result()
	if err != nil {
		t.Fatal(err)
	}
	if !again.Finished.Equal(r.Finished) {
		t.Errorf("finished at %v, read as %v", r.Finished, again.Finished)
	}
	again.Finished = r.Finished
	if !reflect.DeepEqual(*again, r) {
		t.Errorf("%+v is read as %+v", r, *again)
	}
	earlier := `{"model":"resnet20","test_error":0.0825,"seconds":12.5}`
	if err := os.WriteFile(filepath.Join(dir.Path(), "result.json"), []byte(earlier), 0o644); err != nil {
		t.Fatal(err)
	}
	if old, err := dir.Result(); err != nil || !reflect.DeepEqual(*old, training.Result{Model: "resnet20", TestError: 0.0825, Seconds: 12.5}) {
		t.Errorf("of an earlier version: %+v, %v", old, err)
	}
}

// TestExtend makes a run that has ended longer, and wants the weights of one that was
// as long from the start.
func TestExtend(t *testing.T) {
	train := func(dir *training.Directory, steps int) *training.Trainer {
		t.Helper()
		c := config()
		var tr *training.Trainer
		c.Iterations, c.OnStep = steps, dir.Step
		c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
		tr = newTrainer(t, c)
		if err := dir.Restore(tr); err != nil {
			t.Fatal(err)
		}
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.Finish(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	create := func(name string) *training.Directory {
		dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), name), 20)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	whole := create("whole")
	defer whole.Close()
	want := train(whole, 30)

	short := create("short")
	train(short, 20)
	short.Close()
	var steps int
	dir, err := training.ResumeDirectory(short.Path(), &steps)
	if err != nil || steps != 20 {
		t.Fatalf("settings %d: %v", steps, err)
	}
	defer dir.Close()
	if err := dir.Extend(30); err != nil {
		t.Fatal(err)
	}
	if r, err := dir.Result(); r != nil || err != nil {
		t.Errorf("the outcome of the shorter run is still there: %+v, %v", r, err)
	}
	if _, err := training.OpenDirectory(dir.Path(), &steps); err != nil || steps != 30 {
		t.Errorf("the settings are %d, want 30: %v", steps, err)
	}
	if got := train(dir, 30); !slices.Equal(bits(t, got, nil), bits(t, want, nil)) {
		t.Error("other weights than those of a run that was as long from the start")
	}
	rates, err := dir.Rates()
	if err != nil || len(rates) != 30 || rates[0] != (training.Point{Iteration: 1, Value: 0.05}) || rates[29].Iteration != 30 {
		t.Errorf("rates %v: %v", rates, err)
	}
	events, err := filepath.Glob(filepath.Join(dir.Path(), "events*"))
	if err != nil || len(events) != 1 || !strings.Contains(events[0], "tfevents") {
		t.Fatal(events, err)
	}
	if err := os.Remove(events[0]); err != nil {
		t.Fatal(err)
	}
	rates, err = dir.Rates()
	if err != nil || len(rates) < 5 || rates[0] != (training.Point{Iteration: 4, Value: 0.05}) {
		t.Errorf("rates of the log: %v: %v", rates, err)
	}
}
