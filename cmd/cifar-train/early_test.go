package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

// TestPatience ends runs early, by a metric of twenty pictures, and wants the outcome to
// say why. Resumed, they are at their end; with more patience they go on.
func TestPatience(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := clitest.Run(t, small(out, "-iterations", "90", "-patience", "1", "-monitor", "test_top5_error", "-schedule", "constant", "-class-weights", "balanced")...)
	r := ended(t, out, 90)
	if code != 0 || r.Iterations >= 90 || !strings.Contains(r.Ended, "test_top5_error was not better than") || !strings.Contains(stdout, " of 90: "+r.Ended) {
		t.Fatalf("exit %d after %d steps, %q: %s %s", code, r.Iterations, r.Ended, stdout, stderr)
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", out); code != 0 || ended(t, out, 90).Iterations != r.Iterations {
		t.Errorf("resumed, it ended after %d steps, not %d: %s", ended(t, out, 90).Iterations, r.Iterations, stderr)
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", out, "-patience", "0"); code != 0 || ended(t, out, 90).Iterations != 90 {
		t.Errorf("without patience it ended after %d steps: %s", ended(t, out, 90).Iterations, stderr)
	}
}
