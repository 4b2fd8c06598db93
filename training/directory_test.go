package training_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
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

// outcome is what a run has recorded, but for times.
func outcome(t *testing.T, dir *training.Directory) (checkpoint []weights.Array, best []weights.Array, log [][]string, all []string) {
	t.Helper()
	var err error
	if checkpoint, _, _, err = weights.ReadSafetensors(dir.Latest()); err != nil {
		t.Fatal(err)
	}
	if best, _, _, err = weights.ReadSafetensors(dir.Best()); err != nil {
		t.Fatal(err)
	}
	log = rows(t, dir)
	for i, row := range log {
		log[i] = row[:7]
	}
	return checkpoint, best, log, events(t, dir)
}

// sameOutcome compares two runs.
func sameOutcome(t *testing.T, what string, a, b *training.Directory) {
	t.Helper()
	checkpoint, best, log, all := outcome(t, a)
	checkpoint2, best2, log2, all2 := outcome(t, b)
	if !reflect.DeepEqual(checkpoint, checkpoint2) || !reflect.DeepEqual(best, best2) {
		t.Errorf("%s: other weights than those of a run left alone", what)
	}
	if !reflect.DeepEqual(log, log2) || !reflect.DeepEqual(all, all2) {
		t.Errorf("%s: %v and %d events, want %v and %d", what, log, len(all), log2, len(all2))
	}
}

// TestDamagedCheckpoint damages checkpoints of a run that was stopped at step 10,
// after one of step 8: the run goes on from the other, and to the same end.
func TestDamagedCheckpoint(t *testing.T) {
	base := t.TempDir()
	alone := session(t, filepath.Join(base, "alone"), 0)
	change := func(file string, how func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			data, err := os.ReadFile(filepath.Join(path, file))
			if err == nil {
				err = os.WriteFile(filepath.Join(path, file), how(data), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(data []byte) []byte { data[len(data)/2] ^= 4; return data }
	cut := func(data []byte) []byte { return data[:len(data)*2/3] }
	remove := func(t *testing.T, path string) {
		if err := os.Remove(filepath.Join(path, "latest.safetensors")); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, path string)
		want   string // nothing where nobody need be told
	}{
		{"nothing", func(*testing.T, string) {}, ""},
		{"flipped", change("latest.safetensors", flip), "from step 8, the checkpoint before, since the newest cannot be used: weights: .*latest.safetensors: damaged"},
		{"cut", change("latest.safetensors", cut), "from step 8, .*latest.safetensors: cut short"},
		{"empty", change("latest.safetensors", func([]byte) []byte { return nil }), "from step 8, .*latest.safetensors: not a safetensors file"},
		{"missing", remove, "from step 8, .*latest.safetensors: no such file"},
		{"previous flipped", change("previous.safetensors", flip), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(base, test.name)
			session(t, path, 10)
			test.damage(t, path)
			var said string
			dir := session(t, path, 0, &said)
			if ok, err := regexp.MatchString(test.want, said); !ok || err != nil || test.want == "" && said != "" || strings.Contains(said, "\n") {
				t.Errorf("want one line with %q, got %q", test.want, said)
			}
			sameOutcome(t, test.name, dir, alone)
			remove(t, path) // a damaged checkpoint must not have become the previous one
			if session(t, path, 0, &said); !strings.Contains(said, "going on from step 19") {
				t.Errorf("the newest missing at the end: %q", said)
			}
		})
	}

	path := filepath.Join(base, "both")
	session(t, path, 10)
	for _, file := range []string{"latest.safetensors", "previous.safetensors"} {
		change(file, flip)(t, path)
	}
	dir, err := training.ResumeDirectory(path, &struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	wantLine := func(want string) {
		t.Helper()
		if err := dir.Restore(newTrainer(t, config())); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one line with %q, got %v", want, err)
		}
	}
	wantLine("copy best.safetensors to latest.safetensors to go on from there")
	if err := os.Remove(filepath.Join(path, "previous.safetensors")); err != nil {
		t.Fatal(err)
	}
	wantLine("there is no earlier checkpoint")
}

// TestRecordThatFails has the saving of checkpoints fail after a row and its events
// are written, and goes on with the same trainer: every row and event is there once.
func TestRecordThatFails(t *testing.T) {
	base := t.TempDir()
	alone := session(t, filepath.Join(base, "alone"), 0)
	dir, err := training.CreateDirectory(filepath.Join(base, "run"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	dir.Histograms = true
	c := config()
	c.OnStep = dir.Step
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	failures := 0
	for _, name := range []string{"best.safetensors", "latest.safetensors"} {
		inTheWay := filepath.Join(dir.Path(), name)
		if err := os.MkdirAll(filepath.Join(inTheWay, "something"), 0o755); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := tr.Run(t.Context()); err == nil || !strings.Contains(err.Error(), inTheWay) {
				t.Fatalf("want an error that names %s, got %v", inTheWay, err)
			}
			failures++
		}
		if err := os.RemoveAll(inTheWay); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameOutcome(t, "after 4 failures", dir, alone)
}

// TestLock wants one writer to a directory, and any number of readers.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	first, err := training.CreateDirectory(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	var settings any
	want := fmt.Sprintf("%s is in use by process %d on %s: wait", path, os.Getpid(), host)
	if _, err := training.ResumeDirectory(path, &settings); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a second run: want %q, got %v", want, err)
	}
	reader, err := training.OpenDirectory(path, &settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Restore(newTrainer(t, config())); err == nil || !strings.Contains(err.Error(), "was opened for reading") {
		t.Errorf("a reader restores: %v", err)
	}
	stray := []string{".latest.safetensors.tmp-123", ".previous.safetensors.tmp-0"}
	others := []string{".latest.safetensors.tmp-mine", "latest.safetensors.tmp-1", ".tmp-1"}
	for _, name := range append(stray, others...) {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // closing twice does no harm
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	}
	again, err := training.ResumeDirectory(path, &settings)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, name := range stray {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			t.Errorf("%s stayed", name)
		}
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(path, name)); err != nil {
			t.Errorf("a file of somebody else's: %v", err)
		}
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
