package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph/weights"
)

// checkpointStep is the number of steps of a checkpoint, 0 where there is none. It
// must be whole.
func checkpointStep(t *testing.T, path string) int {
	t.Helper()
	_, metadata, whole, err := weights.ReadSafetensors(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	var progress struct{ Iteration int }
	if err == nil {
		err = json.Unmarshal([]byte(metadata["training"]), &progress)
	}
	if err != nil || !whole {
		t.Fatalf("%s is not whole: %v", path, err)
	}
	return progress.Iteration
}

// TestKill kills runs at random moments and resumes them each time: there is a whole
// checkpoint whenever there was one before, never more than an epoch's steps are
// lost, and in the end weights, log, events and predictions are those of a run left
// alone. GORGONET_KILLS says how many times.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	const steps, epoch = 36, 3
	start := func(dir string) []string { return small(dir, "-iterations", "36", "-schedule", "cosine") }
	alone := filepath.Join(t.TempDir(), "alone")
	began := time.Now()
	if code, _, stderr := clitest.Run(t, start(alone)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	life := time.Since(began)
	want := read(t, alone)
	reached := map[string]int{} // by the directory's newest checkpoint
	clitest.Killer{
		Start:  start,
		Resume: func(dir string) []string { return []string{"-resume", "-out", dir} },
		Killed: func(dir, output string) {
			// The line of an epoch comes before its record is saved.
			done := max(reached[dir], epoch*(strings.Count(output, "test loss")-1)+reached[dir])
			for _, file := range []string{"best.safetensors", "previous.safetensors"} {
				checkpointStep(t, filepath.Join(dir, file))
			}
			at := checkpointStep(t, filepath.Join(dir, "latest.safetensors"))
			if at < done {
				t.Errorf("a checkpoint of step %d after one of step %d, %q", at, reached[dir], output)
			}
			reached[dir] = at
		},
		Ended: func(dir string) {
			if d := read(t, dir).differences(want); len(d) > 0 {
				t.Errorf("a run that was killed differs from one left alone in %v", d)
			}
			if at := checkpointStep(t, filepath.Join(dir, "latest.safetensors")); at != steps {
				t.Errorf("the run ended at step %d, want %d", at, steps)
			}
		},
	}.Run(t, clitest.Kills(t, 3), life)
}

func TestTwoAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	clitest.TwoAtOnce(t, small(dir, "-iterations", "60"), []string{"-resume", "-out", dir}, dir)
}
