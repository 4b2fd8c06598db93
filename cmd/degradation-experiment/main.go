package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

const about = `Degradation-experiment trains plain and residual networks of several depths with one recipe, measures
on the way why the deep plain ones do worse (gradients, responses, shortcuts), and writes a verdict and a
page that explains what was seen. Other experiments on the shortcut go by -experiment. Ctrl-C saves;
-resume goes on to the same numbers. By default it takes about an hour on two cores with AVX-512;
-recipe paper is the full experiment and takes days.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	flags.Group("records")
	page := flags.Bool("page", false, "make verdict and page of -out again, from what is recorded so far, and end")
	c := command(flags)
	c.Reading = func() bool { return *page }
	place, err := c.Open(flags, args)
	if err != nil {
		return err
	}
	if *page {
		return report(place.Path)
	}
	s, dir := place.Settings, place.Directory
	config, err := s.experiment()
	if err != nil {
		return err
	}
	if err := s.load(ctx, &config); err != nil {
		return err
	}
	if dir == nil && config.Iterations == 0 {
		if err := s.fit(ctx, &config); err != nil {
			return err
		}
	}
	if dir == nil {
		if dir, err = place.Create(); err != nil {
			return err
		}
	}
	defer dir.Close()
	if err := train(ctx, place.Path, config); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return place.Interrupted("and saved")
		}
		return err
	}
	return report(place.Path)
}

// train runs what is left of the experiment.
func train(ctx context.Context, out string, c experiment.Config) error {
	var bar *cli.Progress
	c.OnProgress = func(p experiment.Progress) { bar.Set(int64(p.Done.Seconds()), p.Words...) }
	e, err := experiment.New(out, c)
	if err != nil {
		return err
	}
	cli.Textf("%d networks of %d steps of %d, %d training and %d test images, to %s\n", len(e.Networks()), c.Iterations, c.Batch,
		c.Train.Len(), c.Test.Len(), out)
	left, err := e.Estimate(ctx)
	if err != nil {
		return err
	}
	p := e.Progress()
	cli.Textf("about %v to go, one network after another\n", left.Round(time.Second))
	bar = cli.NewProgress(int64(p.Done.Seconds()), max(int64(p.Total.Seconds()), 1), false)
	defer bar.Close()
	return e.Run(ctx)
}

// report makes the page and prints the verdict.
func report(out string) error {
	v, err := experiment.WriteReport(out)
	if err != nil {
		return err
	}
	cli.Textf("%s\n%s explains it\n", strings.TrimSpace(v.String()), filepath.Join(out, "report.html"))
	return nil
}
