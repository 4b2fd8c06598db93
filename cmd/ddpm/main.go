package main

import (
	"context"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

const about = `Ddpm trains a network to take noise away from pictures (denoising diffusion, Ho et al. 2020), by
default a small one on CIFAR-10, and draws pictures with it: a grid of them as it gets on, and with
-sample from weights alone. Ctrl-C saves; -resume goes on to the same bits.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	d := drawing{}
	d.bind(flags)
	c := command()
	c.Check = func(s *options, fresh bool) error {
		if err := d.check(flags); err != nil {
			return err
		}
		return s.check(fresh, d.asked)
	}
	w, err := c.Open(flags, args)
	if err != nil {
		return err
	}
	s := w.Settings
	if w.Directory == nil && s.Weights != "" {
		if err := s.obey(flags); err != nil {
			return err
		}
	}
	if d.asked {
		return d.run(ctx, s)
	}
	train, test, err := s.data(ctx)
	if err != nil {
		return err
	}
	settings, config, err := s.config(train, test)
	if err != nil {
		return err
	}
	return settings.Train(ctx, config, w.Directory, w)
}
