// Degradation-experiment makes the paper's main finding again (He et al. 2015,
// figures 1 and 6): deeper plain networks train worse, deeper residual ones do not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/degradation"
)

const about = `Degradation-experiment trains plain and residual networks of several depths with one recipe, measures
on the way why the deep plain ones do worse (gradients, responses, shortcuts), and writes a verdict and a
page that explains what was seen. Ctrl-C saves; -resume goes on to the same numbers. By default it takes
about an hour on two cores with AVX-512; -recipe paper is the full experiment and takes days.`

// name is what the settings of such an experiment begin with.
const name = "degradation"

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var s settings
	s.flags(flags)
	out := flags.String("out", "", "directory of the experiment (default runs/degradation-DATE)")
	resume := flags.Bool("resume", false, "go on with the experiment in -out; its settings hold")
	page := flags.Bool("page", false, "make verdict and page of -out again, from what is recorded so far, and end")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	if (*resume || *page) && *out == "" {
		return cli.Usagef("say with -out which experiment")
	}
	if *page {
		return report(*out)
	}
	if *resume {
		var stored settings
		dir, err := training.ResumeDirectory(*out, &stored)
		if err != nil {
			return err
		}
		defer dir.Close()
		if stored.Experiment != name {
			return fmt.Errorf("cannot resume %s: it holds a run that is no degradation experiment", *out)
		}
		if err := stored.agree(flags); err != nil {
			return fmt.Errorf("cannot resume %s: %w", *out, err)
		}
		s = stored
	} else if err := s.follow(flags); err != nil {
		return err
	}
	config, err := s.experiment()
	if err != nil {
		return err
	}
	if err := s.load(ctx, &config); err != nil {
		return err
	}
	if !*resume {
		if *out == "" {
			*out = filepath.Join("runs", name+"-"+time.Now().Format("20060102-150405"))
		}
		s.Experiment, s.Version = name, cli.Version()
		dir, err := training.CreateDirectory(*out, s)
		if err != nil {
			return err
		}
		defer dir.Close()
	}
	if err := train(ctx, *out, config); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			fmt.Printf("interrupted and saved; go on with: degradation-experiment -resume -out %s\n", *out)
			return cli.ErrInterrupted
		}
		return err
	}
	return report(*out)
}

// train runs what is left of the experiment.
func train(ctx context.Context, out string, c degradation.Config) error {
	var bar *cli.Progress
	c.OnLine = func(line string) {
		if bar == nil {
			fmt.Println(line)
			return
		}
		bar.Println(line)
	}
	c.OnProgress = func(p degradation.Progress) { bar.Set(int64(p.Done.Seconds()), p.Words) }
	e, err := degradation.New(out, c)
	if err != nil {
		return err
	}
	fmt.Printf("%d networks of %d steps of %d, %d training and %d test images, to %s\n", len(e.Networks()), c.Iterations, c.Batch,
		c.Train.Len(), c.Test.Len(), out)
	left, err := e.Estimate(ctx)
	if err != nil {
		return err
	}
	p := e.Progress()
	fmt.Printf("about %v to go, one network after another\n", left.Round(time.Second))
	bar = cli.NewProgress(int64(p.Done.Seconds()), max(int64(p.Total.Seconds()), 1), false)
	defer bar.Close()
	return e.Run(ctx)
}

// report makes the page and prints the verdict.
func report(out string) error {
	v, err := degradation.WriteReport(out)
	if err != nil {
		return err
	}
	fmt.Printf("%v\n%s explains it\n", v, filepath.Join(out, "report.html"))
	return nil
}
