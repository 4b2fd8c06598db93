// Cifar-train trains the paper's CIFAR networks (He et al. 2015, section 4.2).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
)

const about = `Cifar-train trains a residual (or plain) network on CIFAR-10 or CIFAR-100, by default with the
recipe of He et al. 2015: batch 128, learning rate 0.1 divided by 10 at 32,000 and 48,000 of
64,000 steps, momentum 0.9, weight decay 0.0001. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var s settings
	s.flags(flags)
	out := flags.String("out", "", "directory of the run (default runs/MODEL-DATE)")
	resume := flags.Bool("resume", false, "go on with the run in -out; its settings hold")
	eval := flags.Bool("eval", false, "measure on the test set and end: the best weights of -out, or -weights")
	weights := flags.String("weights", "", "safetensors or PyTorch file to measure with -eval")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	var dir *training.Directory
	if !*resume {
		if err := s.follow(flags); err != nil {
			return err
		}
	}
	if *resume || *eval && *weights == "" {
		if *out == "" {
			return cli.Usagef("say with -out which run")
		}
		open := training.OpenDirectory // to measure needs no lock
		if *resume {
			open = training.ResumeDirectory
		}
		var stored settings
		var err error
		if dir, err = open(*out, &stored); err != nil {
			return err
		}
		defer dir.Close()
		if err := stored.agree(flags); err != nil {
			return fmt.Errorf("cannot resume %s: %w", *out, err)
		}
		if s.Data != "" {
			stored.Data = s.Data
		}
		s = stored
	}
	network, err := s.network()
	if err != nil {
		return err
	}
	train, test, err := s.data(ctx)
	if err != nil {
		return err
	}
	a, b := s.examples(train, test)
	if *eval {
		if *weights == "" {
			*weights = dir.Best()
		}
		return evaluate(ctx, network, b, *weights, s.Batch)
	}
	config, err := s.config(network, a, b)
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
		defer dir.Close()
	}
	dir.Histograms = s.Histograms
	dir.OnDamage = func(err error) { fmt.Fprintf(os.Stderr, "cifar-train: %v\n", err) }
	return trainTo(ctx, dir, config)
}

// trainTo runs the training with its records going to the directory.
func trainTo(ctx context.Context, dir *training.Directory, c training.Config) error {
	var t *training.Trainer
	var bar *cli.Progress
	c.OnStep = func(s training.Step) {
		dir.Step(s)
		bar.Set(int64(s.Iteration), fmt.Sprintf("epoch %.2f  lr %.4g  loss %.4f  error %.1f %%  %.0f images/s",
			s.Epoch, s.Rate, s.Loss, 100*s.Error, s.ImagesPerSecond))
	}
	c.OnEpoch = func(r training.Record) error {
		bar.Println(fmt.Sprintf("epoch %6.2f  lr %-8.4g  train loss %.4f error %5.2f %%  test loss %.4f error %5.2f %%  %.0f images/s",
			r.Epoch, r.Rate, r.TrainLoss, 100*r.TrainError, r.Test.Loss, 100*r.Test.Error, r.ImagesPerSecond))
		return dir.Record(t, r)
	}
	t, err := training.New(c)
	if err != nil {
		return err
	}
	if err := dir.Restore(t); err != nil {
		return err
	}
	fmt.Printf("%s: %d parameters, %d training and %d test images, %d steps of %d, %v, to %s\n", c.Name, t.State().Parameters(),
		c.Train.Len(), c.Test.Len(), t.Iterations(), c.Batch, c.Schedule, dir.Path())
	if t.Iteration() > 0 {
		fmt.Printf("going on from step %d\n", t.Iteration())
	}
	bar = cli.NewProgress(int64(t.Iteration()), int64(t.Iterations()), false)
	err = t.Run(ctx)
	bar.Close()
	var r training.Result
	if err == nil {
		r, err = dir.Finish(ctx, t)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if err := dir.Save(t); err != nil {
			return err
		}
		fmt.Printf("interrupted after step %d and saved; go on with: cifar-train -resume -out %s\n", t.Iteration(), dir.Path())
		return cli.ErrInterrupted
	}
	if err != nil {
		return err
	}
	if err := report.Make(dir.Path(), dir.Path()); err != nil {
		return err
	}
	fmt.Printf("%s: test error %.2f %% (best %.2f %%) after %d steps in %.0f s; the report is %s\n",
		r.Model, 100*r.TestError, 100*r.BestTestError, r.Iterations, r.Seconds, filepath.Join(dir.Path(), report.File))
	return nil
}
