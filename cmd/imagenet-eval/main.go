package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training/evaluation"
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
	s, dir := place.Settings, place.Directory
	if dir != nil {
		defer dir.Close()
	}
	config, err := s.evaluation(ctx)
	if err != nil {
		return err
	}
	if dir == nil {
		if dir, err = place.Create(); err != nil {
			return err
		}
		defer dir.Close()
	}
	stop := progress(&config)
	e, err := evaluation.New(dir, config)
	if err != nil {
		return err
	}
	cli.Textf("%s: %d pictures of %d classes, %s, to %s\n", s.Members.String(), config.Examples.Len(), len(config.Classes), s.Protocol, dir.Path())
	r, err := e.Run(ctx)
	stop()
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return place.Interrupted(fmt.Sprintf("after %d pictures", e.Done()))
		}
		return err
	}
	five := ""
	if r.Classes > 5 { // of fewer, all are among the five
		five = fmt.Sprintf(", top-5 error %.2f %%", 100*r.Top5Error)
	}
	cli.Textf("%s: top-1 error %.2f %%%s on %d pictures; %d could not be read; the report is %s\n",
		s.Members.String(), 100*r.Top1Error, five, r.Pictures, r.Unreadable, filepath.Join(dir.Path(), report.File))
	return nil
}

// progress has the evaluation show how far it has come. The function that it returns
// takes the bar away.
func progress(c *evaluation.Config) (stop func()) {
	var bar *cli.Progress
	begun, first := time.Now(), 0
	c.OnProgress = func(p evaluation.Progress) {
		if bar == nil { // with what is recorded already
			bar, begun, first = cli.NewProgress(int64(p.Done), int64(p.Pictures), false), time.Now(), p.Done
			return
		}
		bar.Set(int64(p.Done), fmt.Sprintf("top-1 error %.2f %%", 100*p.Top1Error), fmt.Sprintf("%.3g pictures/s", float64(p.Done-first)/time.Since(begun).Seconds()))
	}
	return func() {
		if bar != nil {
			bar.Close()
		}
	}
}
