// Package clitest runs the commands in their tests as a user meets them: as
// processes, with exit codes and signals.
package clitest

import (
	"bytes"
	"errors"
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
