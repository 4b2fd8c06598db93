package training_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

func rows(t *testing.T, dir *training.Directory) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir.Path(), "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "run")
	dir, err := training.CreateDirectory(path, map[string]int{"seed": 5})
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	result, err := dir.Finish(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	if result.Iterations != 20 || result.Parameters != tr.State().Parameters() || result.TestError != tr.Last().Test.Error {
		t.Errorf("result %+v does not fit the run", result)
	}
	all := rows(t, dir)
	if len(all) != 7 || all[0][0] != "iteration" || all[6][0] != "20" {
		t.Fatalf("want a header and 6 rows up to step 20, got %v", all)
	}

	if _, err := training.CreateDirectory(path, nil); err == nil || !strings.Contains(err.Error(), "holds a run already") {
		t.Errorf("a second run was let into the directory: %v", err)
	}
	var settings map[string]int
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := training.ResumeDirectory(path, &settings)
	if err != nil || settings["seed"] != 5 {
		t.Fatalf("settings %v, %v", settings, err)
	}

	// A crash after a row and before its checkpoint, and one within a row.
	log := filepath.Join(path, "log.csv")
	text, _ := os.ReadFile(log)
	if err := os.WriteFile(log, append(text, "24,6.4,0.05,1,1,1,1,1,1\n28,7"...), 0o644); err != nil {
		t.Fatal(err)
	}
	tr = newTrainer(t, c)
	if err := again.Restore(tr); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, dir); len(got) != 7 || tr.Iteration() != 20 {
		t.Errorf("after a crash: step %d and %d rows, want 20 and 7", tr.Iteration(), len(got))
	}
}

func TestDirectoryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := training.CreateDirectory(filepath.Join(file, "run"), nil); err == nil || !strings.Contains(err.Error(), "cannot make the output directory") {
		t.Errorf("a directory within a file: %v", err)
	}
	if _, err := training.OpenDirectory(t.TempDir(), &struct{}{}); err == nil || !strings.Contains(err.Error(), "there is no run in") {
		t.Errorf("an empty directory: %v", err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "config.json"), []byte(`{"seed": `), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := training.OpenDirectory(damaged, &struct{}{}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged settings: %v", err)
	}
}
