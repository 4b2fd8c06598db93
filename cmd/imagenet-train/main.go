package main

import (
	"context"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
)

const about = `Imagenet-train trains a network on photographs in folders, train/CLASS/*.JPEG and val/CLASS/*.JPEG, by
default with the recipe of He et al. 2015: batch 256, learning rate 0.1 divided by 10 after 30 and 60 of
90 epochs, momentum 0.9, weight decay 0.0001. With -weights it goes on from a trained network, for other
classes too. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	w, err := job.Open(command(flags), flags, args, "the pictures of -val")
	if err != nil {
		return err
	}
	s := w.Settings
	if w.Measure != "" {
		if err := s.obey(w.Measure, flags); err != nil {
			return err
		}
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
	if w.Measure != "" {
		err = s.Evaluate(ctx, s.Name(), network, b, w.Measure, w.Keep)
	} else {
		config, bad := s.config(network, a, b)
		if bad != nil {
			return bad
		}
		err = s.Settings.Train(ctx, config, w.Directory, w.Place)
	}
	if n := len(a.Unreadable()) + len(b.Unreadable()); n > 0 && err == nil {
		cli.Warnf("%d pictures could not be read; others took their places", n)
	}
	if n := len(a.Flawed()) + len(b.Flawed()); n > 0 && err == nil {
		cli.Warnf("%d pictures have faults in their files, and were used", n)
	}
	return err
}
