package main

import (
	"context"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

const about = `Cifar-train trains a residual (or plain) network on CIFAR-10 or CIFAR-100, by default with the
recipe of He et al. 2015: batch 128, learning rate 0.1 divided by 10 at 32,000 and 48,000 of
64,000 steps, momentum 0.9, weight decay 0.0001. With -weights it goes on from a trained network,
for other classes too. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	flags.Group("records")
	eval := flags.Bool("eval", false, "measure on the test set and end: the best weights of the run in -out, or -weights, whose result.json goes to -out")
	c := command()
	c.Reading = func() bool { return *eval && !flags.Given()["weights"] }
	place, err := c.Open(flags, args)
	if err != nil {
		return err
	}
	s, create := place.Settings, (func() (*training.Directory, error))(nil)
	weights := s.Weights
	if *eval && c.Reading() {
		weights = place.Directory.Best()
	} else if place.Path != "" {
		create = place.Create
	}
	if *eval {
		if err := s.obey(weights, flags); err != nil {
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
		return s.Evaluate(ctx, s.Name(), network, b, weights, create)
	}
	config, err := s.config(network, a, b)
	if err != nil {
		return err
	}
	return s.Settings.Train(ctx, config, place.Directory, place)
}
