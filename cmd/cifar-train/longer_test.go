package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/training"
)

// ended is the outcome of a run that was to have so many steps.
func ended(t *testing.T, out string, steps int) *training.Result {
	t.Helper()
	var s options
	dir, err := training.OpenDirectory(out, &s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := dir.Result()
	if err != nil || r == nil {
		t.Fatalf("no outcome: %v", err)
	}
	if s.Iterations != steps {
		t.Errorf("%d steps in the settings, want %d", s.Iterations, steps)
	}
	return r
}

// TestLonger makes a run that has ended longer, by steps and by epochs.
func TestLonger(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := clitest.Run(t, small(out, "-iterations", "2")...); code != 0 {
		t.Fatal(stderr)
	}
	for _, test := range []struct {
		flag, value string
		steps       int
	}{{"-iterations", "5", 5}, {"-epochs", "2", 6}} {
		code, stdout, stderr := clitest.Run(t, "-resume", "-out", out, test.flag, test.value)
		if want := fmt.Sprintf("the run is to have %d steps now", test.steps); code != 0 || !strings.Contains(stdout, want) {
			t.Fatalf("%s %s: exit %d, %s, %s", test.flag, test.value, code, stdout, stderr)
		}
		if r := ended(t, out, test.steps); r.Iterations != test.steps {
			t.Errorf("%s %s: ended after %d steps, want %d", test.flag, test.value, r.Iterations, test.steps)
		}
	}
	if code, stdout, stderr := clitest.Run(t, "-resume", "-out", out); code != 0 || strings.Contains(stdout, "is to have") {
		t.Errorf("exit %d, %s, %s", code, stdout, stderr)
	}
}

// TestFileAlone measures the best checkpoint of a run with an average, on another
// normalisation than the usual one, by the file alone; and starts a run from it.
func TestFileAlone(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := clitest.Run(t, small(out, "-model", "resnet8", "-shortcut", "B", "-normalize", ".5,.4,.3/.2,.3,.2", "-ema", "0.9", "-lr", "0.01")...); code != 0 {
		t.Fatal(stderr)
	}
	best := filepath.Join(out, "best.safetensors")
	want := fmt.Sprintf("error %.2f %%", 100*ended(t, out, 12).BestTestError)
	code, stdout, stderr := clitest.Run(t, "-eval", "-weights", best, "-data", "synthetic", "-limit-train", "48", "-limit-test", "20")
	if code != 0 || !strings.Contains(stdout, want) {
		t.Errorf("want %s, got exit %d, %s, %s", want, code, stdout, stderr)
	}
	code, stdout, stderr = clitest.Run(t, small(filepath.Join(t.TempDir(), "next"), "-shortcut", "B", "-weights", best, "-iterations", "1")...)
	if code != 0 || !regexp.MustCompile(`starting from .*best.safetensors\n`).MatchString(stdout) {
		t.Errorf("exit %d, %s, %s", code, stdout, stderr)
	}
}
