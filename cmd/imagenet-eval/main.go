// Imagenet-eval measures networks on photographs as He et al. 2015, section 3.4,
// and fb.resnet.torch do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
)

const about = `Imagenet-eval measures the top-1 and top-5 error of a network, or of an ensemble whose scores are
averaged, on a folder of photographs: by the middle of each, by ten crops, or by whole pictures of
several sizes, over which the network runs in fully convolutional form. The directory -out gets
predictions.csv, classes.csv, confusion.csv, result.json and report.html. Ctrl-C stops; -resume
goes on to the same numbers.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var s settings
	s.flags(flags)
	out := flags.String("out", "", "directory of the outcome (default runs/MODEL-PROTOCOL-DATE)")
	resume := flags.Bool("resume", false, "go on with the evaluation in -out; its settings hold")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	var dir *training.Directory
	if *resume {
		if *out == "" {
			return cli.Usagef("say with -out which evaluation")
		}
		var stored settings
		var err error
		if dir, err = training.ResumeDirectory(*out, &stored); err != nil {
			return err
		}
		if err := stored.agree(flags); err != nil {
			return fmt.Errorf("cannot resume %s: %w", *out, err)
		}
		s = stored
	}
	e, err := s.evaluation(ctx)
	if err != nil {
		return err
	}
	if dir == nil {
		if *out == "" {
			*out = s.directory()
		}
		s.Version = cli.Version()
		if dir, err = training.CreateDirectory(*out, s); err != nil {
			return err
		}
	}
	defer dir.Close()
	return evaluateTo(ctx, dir, e, &s)
}

// evaluateTo runs the evaluation with its records going to the directory.
func evaluateTo(ctx context.Context, dir *training.Directory, e *evaluation, s *settings) error {
	names, err := s.names(e.examples.Set)
	if err != nil {
		return err
	}
	if e.records, err = newRecords(dir, e.examples.Set, names); err != nil {
		return err
	}
	fmt.Printf("%s: %d pictures of %d classes, %s, to %s\n", s.Members.String(), e.examples.Len(), len(names), s.Protocol, dir.Path())
	if err := e.run(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			fmt.Printf("interrupted after %d pictures; go on with: imagenet-eval -resume -out %s\n", e.records.len(), dir.Path())
			return cli.ErrInterrupted
		}
		return err
	}
	r, err := e.records.finish(s)
	if err != nil {
		return err
	}
	fmt.Printf("%s: top-1 error %.2f %%, top-5 error %.2f %% on %d pictures; %d could not be read; the report is %s\n",
		s.Members.String(), 100*r.Top1Error, 100*r.Top5Error, r.Pictures, r.Unreadable, filepath.Join(dir.Path(), report.File))
	return nil
}
