// Package cli is what the commands share: how they end, and how they show that
// they are getting on.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"runtime/debug"
	"strings"
	"syscall"
)

// ErrInterrupted ends a command that was stopped by a signal and has said so.
var ErrInterrupted = errors.New("interrupted")

type usageError struct{ error }

// Usagef is an error of wrong usage: exit code 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a command and ends the process: 0 when all went well, 1 with one
// line for an error, 2 for wrong usage, 130 after an interruption. The context
// ends at the first Ctrl-C (or SIGTERM); a second one kills.
func Main(run func(ctx context.Context, flags *flag.FlagSet, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	name := commandName()
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	err := run(ctx, flags, os.Args[1:])
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case errors.Is(err, ErrInterrupted):
		os.Exit(130)
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "%s: %v (%s -h lists the flags)\n", name, err, name)
		os.Exit(2)
	}
	fmt.Fprintf(os.Stderr, "%s: %v%s\n", name, err, remedy(err, flags))
	os.Exit(1)
}

// remedy is what to do about a full disk.
func remedy(err error, flags *flag.FlagSet) string {
	switch {
	case !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT):
		return ""
	case flags.Lookup("resume") == nil:
		return "; free some space there"
	}
	return "; free some space there, then go on with -resume"
}

// Parse reads the flags; a wrong one, or an argument that is none, is an error
// of usage.
func Parse(flags *flag.FlagSet, about string, args []string) error {
	_, err := ParseArgs(flags, about, args)
	return err
}

// ParseArgs is Parse for commands that need arguments besides flags; it returns
// them. The names, such as FILE, are for the usage; a last one that ends in "..."
// stands for one argument or more.
func ParseArgs(flags *flag.FlagSet, about string, args []string, names ...string) ([]string, error) {
	flags.Usage = func() {}
	flags.SetOutput(io.Discard) // Main prints the error, once
	err := flags.Parse(args)
	flags.SetOutput(os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Printf("%s\n\nusage: %s\n\n", about, strings.Join(append([]string{flags.Name(), "[flags]"}, names...), " "))
		flags.PrintDefaults()
		return nil, err
	}
	if err != nil {
		return nil, usageError{err}
	}
	n := len(names)
	more := n > 0 && strings.HasSuffix(names[n-1], "...")
	if flags.NArg() > n && !more {
		return nil, Usagef("unexpected argument %q", flags.Arg(n))
	} else if flags.NArg() < n {
		return nil, Usagef("%s is missing", names[flags.NArg()])
	}
	return flags.Args(), nil
}

// commandName is the name of the command's package, whatever the file is called.
func commandName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		return path.Base(info.Path)
	}
	return "gorgonet"
}

// Version is the module's version, with the revision it was built from where Go
// knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && version == "(devel)" {
			version += " " + s.Value
		}
	}
	return version
}
