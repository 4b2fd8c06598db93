package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

// TestOptimizer trains with another optimizer, which config.json then has with its usual
// settings, and makes the run longer to the bits of one that was so long at first.
func TestOptimizer(t *testing.T) {
	flags := []string{"-recipe", "fast", "-optimizer", "adamw:beta2=0.9", "-decay-all=false", "-schedule", "constant"}
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	for out, steps := range map[string]string{one: "6", two: "3"} {
		if code, _, stderr := clitest.Run(t, small(out, append(flags, "-iterations", steps)...)...); code != 0 {
			t.Fatal(stderr)
		}
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", two, "-optimizer", "adam"); code != 1 || !strings.Contains(stderr, "was started with -optimizer adamw:beta2=0.9, not adam") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", two, "-iterations", "6", "-optimizer", "adamw:beta2=0.9"); code != 0 {
		t.Fatal(stderr)
	}
	if d := read(t, two).differences(read(t, one)); len(d) > 0 {
		t.Errorf("a run that was made longer differs in %v", d)
	}
	config, err := os.ReadFile(filepath.Join(two, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"optimizer": "adamw:beta2=0.9"`, `"lr": 0.001`, `"weight_decay": 0.01`, `"momentum": 0,`, `"nesterov": false`} {
		if !strings.Contains(string(config), want) {
			t.Errorf("config.json lacks %s: %s", want, config)
		}
	}
}
