// Package clitest runs the commands in their tests as a user meets them: as
// processes, with exit codes and signals.
package clitest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const asCommand = "GORGONET_TEST_AS_COMMAND"

// Main is for a command's TestMain: it lets the test binary stand in for the
// command, whose main it is given.
func Main(m *testing.M, main func()) {
	if os.Getenv(asCommand) == "1" {
		main()
	}
	os.Exit(m.Run())
}

// Command is the command with arguments, not yet started.
func Command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	return c
}

// Run runs the command to its end.
func Run(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := Command(args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// Interrupt starts a run with arguments, waits until its log has so many lines, stops it as
// Ctrl-C does, and wants to be told how to go on.
func Interrupt(t testing.TB, run string, lines int, args ...string) {
	t.Helper()
	c := Command(args...)
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if text, _ := os.ReadFile(filepath.Join(run, "log.csv")); bytes.Count(text, []byte("\n")) >= lines {
			break
		}
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	Interrupted(t, c, out.String())
}

// Interrupted wants of a command that has ended after Ctrl-C its exit code and that it said
// how to go on.
func Interrupted(t testing.TB, c *exec.Cmd, stdout string) {
	t.Helper()
	if code := c.ProcessState.ExitCode(); code != 130 || !strings.Contains(stdout, "go on with: "+os.Args[0]+" -resume -out ") {
		t.Fatalf("interrupted: want exit 130 and how to go on, got %d and %q", code, stdout)
	}
}

// SmallDisk is a file system of so many bytes, where one can be mounted.
func SmallDisk(t testing.TB, size int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", size), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk is needed, which root can mount on Linux: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// Resize changes the size of a small disk.
func Resize(t testing.TB, disk string, size int) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", fmt.Sprint("remount,size=", size), disk).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
