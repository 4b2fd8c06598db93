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
	weights := flags.String("weights", "", "safetensors or PyTorch file to measure with -eval")
	var chosen pretrained.Flags
	chosen.Bind(flags)
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
		return evaluate(ctx, network, b, *weights, chosen, s.Batch)
	}
	config, err := s.config(network, a, b)
	if err != nil {
		return err
	}
	return s.Train(ctx, job.Run{
		Command: "cifar-train", Config: config, Directory: dir,
		Create: func() (*training.Directory, error) {
			if *out == "" {
				*out = s.directory()
			}
			s.Version = cli.Version()
			return training.CreateDirectory(*out, s)
		},
	})
}
