package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

// started waits until a run has a row in its log.
func started(t *testing.T, out string) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if text, _ := os.ReadFile(filepath.Join(out, "log.csv")); bytes.Count(text, []byte("\n")) > 1 {
			return
		}
	}
	t.Fatal("the run does not get on")
}

// TestGoOn ends a run by SIGTERM, and has a shell do what the run says.
func TestGoOn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "my run")
	c := clitest.Command(small(out, "-iterations", "30")...)
	var stdout bytes.Buffer
	c.Stdout = &stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	started(t, out)
	c.Process.Signal(syscall.SIGTERM)
	c.Wait()
	_, line, found := strings.Cut(stdout.String(), "go on with: ")
	if c.ProcessState.ExitCode() != 130 || !found {
		t.Fatalf("exit %d: %s", c.ProcessState.ExitCode(), stdout.String())
	}
	shell := exec.Command("sh", "-c", line)
	shell.Env = c.Env
	if text, err := shell.CombinedOutput(); err != nil || !strings.Contains(string(text), "going on from step") {
		t.Errorf("%s: %v: %s", line, err, text)
	}
}

// TestHangUp ends a run as a terminal does that is closed: its output goes nowhere and
// SIGHUP comes more than once. The run is saved all the same.
func TestHangUp(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := clitest.Command(small(out, "-iterations", "300")...)
	c.Stdout, c.Stderr = w, w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	started(t, out)
	c.Process.Signal(syscall.SIGHUP)
	time.Sleep(time.Millisecond)
	r.Close()
	for range 20 {
		c.Process.Signal(syscall.SIGHUP)
		time.Sleep(time.Millisecond)
	}
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Fatalf("%v, want exit 130", c.ProcessState)
	}
	if at := checkpointStep(t, filepath.Join(out, "latest.safetensors")); at < 3 || at >= 300 {
		t.Errorf("saved at step %d", at)
	}
}

// TestMeasured has the outcome of measuring weights written, and nothing overwritten.
func TestMeasured(t *testing.T) {
	run, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "outcome")
	if code, _, stderr := clitest.Run(t, small(run, "-iterations", "2")...); code != 0 {
		t.Fatal(stderr)
	}
	args := []string{"-eval", "-weights", run + "/best.safetensors", "-data", "synthetic", "-limit-train", "48", "-limit-test", "20", "-out", out}
	if code, _, stderr := clitest.Run(t, args...); code != 0 {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"model": "resnet8"`, `"examples": 20`, `"test_error": `, `"finished": `, `"cores": `, `"version": `} {
		if !strings.Contains(string(text), want) {
			t.Errorf("want %s in %s", want, text)
		}
	}
	if code, _, stderr := clitest.Run(t, args...); code != 1 || !strings.Contains(stderr, "holds a run already") {
		t.Errorf("a second time: exit %d, %s", code, stderr)
	}
}
