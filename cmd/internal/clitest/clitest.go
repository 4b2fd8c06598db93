// Package clitest runs the commands in their tests as a user meets them: as
// processes, with exit codes and signals.
package clitest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
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
