package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/training/report"
)

const about = `Imagenet-eval measures the top-1 and top-5 error of a network, or of an ensemble whose scores are
averaged, on a folder of photographs: by the middle of each, by ten crops, or by whole pictures of
several sizes, over which the network runs in fully convolutional form. The directory -out gets
predictions.csv, classes.csv, confusion.csv, result.json and report.html. Ctrl-C stops; -resume
goes on to the same numbers.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	place, err := command().Open(flags, args)
	if err != nil {
		return err
	}
	if place.Directory != nil {
		defer place.Directory.Close()
	}
	e, err := place.Settings.evaluation(ctx)
	if err != nil {
		return err
	}
	return evaluateTo(ctx, place, e)
}

// evaluateTo runs the evaluation with its records going to the place.
func evaluateTo(ctx context.Context, place *settings.Place[options], e *evaluation) error {
	s, dir := place.Settings, place.Directory
	names, err := s.names(e.examples.Set)
	if err != nil {
		return err
	}
	if dir == nil {
		if dir, err = place.Create(); err != nil {
			return err
		}
		defer dir.Close()
	}
	if e.records, err = newRecords(dir, e.examples.Set, names); err != nil {
		return err
	}
	cli.Textf("%s: %d pictures of %d classes, %s, to %s\n", s.Members.String(), e.examples.Len(), len(names), s.Protocol, dir.Path())
	if err := e.run(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return place.Interrupted(fmt.Sprintf("after %d pictures", e.records.len()))
		}
		return err
	}
	r, err := e.records.finish(s)
	if err != nil {
		return err
	}
	cli.Textf("%s: top-1 error %.2f %%, top-5 error %.2f %% on %d pictures; %d could not be read; the report is %s\n",
		s.Members.String(), 100*r.Top1Error, 100*r.Top5Error, r.Pictures, r.Unreadable, filepath.Join(dir.Path(), report.File))
	return nil
}
