package main

import (
	"cmp"
	"context"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
)

const about = `Cifar-train trains a residual (or plain) network on CIFAR-10 or CIFAR-100, by default with the
recipe of He et al. 2015: batch 128, learning rate 0.1 divided by 10 at 32,000 and 48,000 of
64,000 steps, momentum 0.9, weight decay 0.0001. With -weights it goes on from a trained network,
for other classes too. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	w, err := job.Open(command(flags), flags, args, "the test set")
	if err != nil {
		return err
	}
	s := w.Settings
	if w.Measure != "" {
		if err := s.obey(w.Measure, flags); err != nil {
			return err
		}
	}
	network, err := s.network()
	if err != nil {
		return err
	}
	if weights := w.Measure; weights != "" || w.Directory == nil && s.Weights != "" {
		if err := s.Fits(network, []int{s.Size, s.Size, cifar.Channels}, cmp.Or(weights, s.Weights), weights == ""); err != nil {
			return err
		}
	}
	train, test, err := s.data(ctx)
	if err != nil {
		return err
	}
	a, b, err := s.examples(train, test)
	if err != nil {
		return err
	}
	if w.Measure != "" {
		return s.Evaluate(ctx, s.Name(), network, b, w.Measure, w.Keep)
	}
	config, err := s.config(network, a, b)
	if err != nil {
		return err
	}
	return s.Settings.Train(ctx, config, w.Directory, w.Place)
}
