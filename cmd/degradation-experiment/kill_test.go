package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph/weights"
)

// measured is a line of a measurement: network and step.
var measured = regexp.MustCompile(`(?m)^(\S+) +seed (\d+) .* step +(\d+)/`)

// TestKill kills experiments at random moments and resumes them each time: the
// checkpoints are whole, never more than the steps between two of them are lost, and
// in the end all files are those of an experiment left alone. GORGONET_KILLS says how
// many times.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("TestInterruptAndResume kills too")
	}
	const every = 2
	start := func(dir string) []string { return small(dir, "-kinds", "residual") }
	alone := filepath.Join(t.TempDir(), "alone")
	began := time.Now()
	if code, _, stderr := clitest.Run(t, start(alone)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	life := time.Since(began)
	want := read(t, alone)
	clitest.Killer{
		Start:  start,
		Resume: func(dir string) []string { return []string{"-resume", "-out", dir} },
		Killed: func(dir, output string) {
			reached := map[string]int{}
			for _, m := range measured.FindAllStringSubmatch(output, -1) {
				reached[m[1]+"-seed"+m[2]], _ = strconv.Atoi(m[3]) // digits
			}
			for network, at := range reached {
				_, metadata, whole, err := weights.ReadSafetensors(filepath.Join(dir, network, "latest.safetensors"))
				if errors.Is(err, fs.ErrNotExist) && at <= every {
					continue // the line comes before its record is saved
				}
				var progress struct{ Iteration int }
				if err == nil {
					err = json.Unmarshal([]byte(metadata["training"]), &progress)
				}
				if err != nil || !whole || progress.Iteration < at-every {
					t.Errorf("%s was measured at step %d and has a checkpoint of step %d: %v", network, at, progress.Iteration, err)
				}
			}
		},
		Ended: func(dir string) {
			got := read(t, dir)
			for name := range want {
				if !reflect.DeepEqual(got[name], want[name]) {
					t.Errorf("%s of the experiment that was killed differs from that of one left alone:\n%v\n%v", name, got[name], want[name])
				}
			}
			for _, pattern := range []string{"*", "*/*"} {
				a, _ := filepath.Glob(filepath.Join(alone, pattern)) // the patterns are right
				b, _ := filepath.Glob(filepath.Join(dir, pattern))
				if len(a) != len(b) {
					t.Errorf("files %v, want as many as %v", b, a)
				}
			}
		},
	}.Run(t, clitest.Kills(t, 3), life)
}

func TestTwoAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "experiment")
	clitest.TwoAtOnce(t, small(dir, "-kinds", "plain", "-depths", "8"), []string{"-resume", "-out", dir}, dir)
}
