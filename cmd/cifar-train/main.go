// Cifar-train trains the paper's CIFAR networks (He et al. 2015, section 4.2).
package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/training"
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
	var chosen pretrained.Flags
	chosen.Bind(flags)
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	var dir *training.Directory
	var before int // steps of a run to go on with
	if !*resume {
		if err := s.follow(flags); err != nil {
			return err
		}
	}
	file := s.Weights // to be measured
	if *resume && file != "" {
		return cli.Usagef("-weights is where a new run starts; the one in -out has its weights in its checkpoints")
	}
	if *resume || *eval && file == "" {
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
		steps := stored.Iterations
		if err := stored.agree(flags); err != nil {
			return fmt.Errorf("cannot resume %s: %w", *out, err)
		}
		if err := stored.Lengthen(flags); err != nil {
			return err
		}
		s, before = stored, steps
	}
	if *eval {
		if file == "" {
			file = dir.Best()
		}
		if err := s.obey(file, flags); err != nil {
			return err
		}
	}
	network, err := s.network()
	if err != nil {
		return err
	}
	train, test, err := s.data(ctx)
	if err != nil {
		return err
	}
	a, b, err := s.examples(train, test)
	if err != nil {
		return err
	}
	if *eval {
		return evaluate(ctx, network, b, file, chosen, s.Batch)
	}
	config, err := s.config(network, a, b)
	if err != nil {
		return err
	}
	return s.Train(ctx, job.Run{
		Command: "cifar-train", Config: config, Directory: dir, Longer: job.Longer(before, s.Iterations, &s),
		Create: func() (*training.Directory, error) {
			if *out == "" {
				*out = s.directory()
			}
			s.Version = cli.Version()
			return training.CreateDirectory(*out, s)
		},
		Prepare: s.prepare,
	})
}
