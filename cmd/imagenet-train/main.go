// Imagenet-train trains networks on photographs in folders (He et al. 2015, section
// 3.4), from the start or from given weights.
package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/training"
)

const about = `Imagenet-train trains a network on photographs in folders, train/CLASS/*.JPEG and val/CLASS/*.JPEG, by
default with the recipe of He et al. 2015: batch 256, learning rate 0.1 divided by 10 after 30 and 60 of
90 epochs, momentum 0.9, weight decay 0.0001. With -weights it goes on from a trained network, for other
classes too. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var s settings
	s.flags(flags)
	out := flags.String("out", "", "directory of the run (default runs/MODEL-DATE)")
	resume := flags.Bool("resume", false, "go on with the run in -out; its settings hold")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	var dir *training.Directory
	var before int // steps of a run to go on with
	if *resume {
		if *out == "" {
			return cli.Usagef("say with -out which run")
		}
		var stored settings
		var err error
		if dir, err = training.ResumeDirectory(*out, &stored); err != nil {
			return err
		}
		defer dir.Close()
		before = stored.Iterations
		if err := stored.agree(flags); err != nil {
			return fmt.Errorf("cannot resume %s: %w", *out, err)
		}
		if err := stored.Lengthen(flags); err != nil {
			return err
		}
		s = stored
	} else if err := s.follow(flags); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	train, val, err := s.sets(ctx)
	if err != nil {
		return err
	}
	network, err := s.network(len(train.Classes))
	if err != nil {
		return err
	}
	a, b, err := s.examples(network, train, val)
	if err != nil {
		return err
	}
	config, err := s.config(network, a, b)
	if err != nil {
		return err
	}
	err = s.Settings.Train(ctx, job.Run{
		Command: "imagenet-train", Config: config, Directory: dir, Longer: job.Longer(before, s.Iterations, &s),
		Create: func() (*training.Directory, error) {
			if *out == "" {
				*out = s.directory()
			}
			s.Version = cli.Version()
			return training.CreateDirectory(*out, s)
		},
		Prepare: func(t *training.Trainer, first bool) error { return s.prepare(config, t, first) },
	})
	if n := len(a.Unreadable()) + len(b.Unreadable()); n > 0 && err == nil {
		fmt.Printf("%d pictures could not be read; others took their places\n", n)
	}
	if n := len(a.Flawed()) + len(b.Flawed()); n > 0 && err == nil {
		fmt.Printf("%d pictures have faults in their files, and were used\n", n)
	}
	return err
}
