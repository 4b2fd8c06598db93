// Package cli is what the commands share: their flags, how they end, and what they
// print while they are getting on.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"syscall"
)

// ErrInterrupted ends a command that was stopped by a signal and has said so.
var ErrInterrupted = errors.New("interrupted")

type usageError struct{ error }

// Usagef is an error of wrong usage: exit code 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a command and ends the process: 0 when all went well, 1 with one
// line for an error, 2 for wrong usage, 130 after an interruption. The context
// ends at the first Ctrl-C, SIGTERM or, when the terminal is closed, SIGHUP; a second
// Ctrl-C or SIGTERM kills.
func Main(run func(ctx context.Context, flags *Flags, args []string) error) {
	ctx := untilSignal(context.Background())
	slog.SetDefault(slog.New(warnings{}))
	name := commandName()
	flags := NewFlags(name)
	err := run(ctx, flags, os.Args[1:])
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case errors.Is(err, ErrInterrupted):
		os.Exit(130)
	case errors.As(err, &usage):
		print(os.Stderr, fmt.Sprintf("%s: %s (%s -h lists the flags)\n", name, Message(err), name))
		os.Exit(2)
	}
	print(os.Stderr, fmt.Sprintf("%s: %s%s\n", name, Message(err), remedy(err, flags)))
	os.Exit(1)
}

// remedy is what to do about a full disk.
func remedy(err error, flags *Flags) string {
	switch {
	case !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT):
		return ""
	case flags.Lookup("resume") == nil:
		return "; free some space there"
	}
	return "; free some space there, then go on with -resume"
}
