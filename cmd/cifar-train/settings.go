package main

import (
	"context"
	"maps"
	"slices"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/recipe"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// options are everything that decides it; config.json holds them.
type options struct {
	Recipe string `json:"recipe"`
	network.Choice
	data.CIFAR
	Holdout   int    `json:"holdout"`
	Normalize string `json:"normalize"`
	Size      int    `json:"size"`
	job.Settings

	card       *training.Card // of the checkpoint to be measured, if it has one
	contradict bool           // whether -normalize may say otherwise
}

// bind binds the settings to flags. The defaults are the paper's recipe.
func (s *options) bind(f *cli.Flags) {
	s.CIFAR.Bind(f, 0)
	f.IntVar(&s.Holdout, "holdout", 0, "keep the last N training images out and measure on them instead of on the test set (the paper: 5000)")
	f.Alias("holdout", "val")
	f.StringVar(&s.Normalize, "normalize", "pixel", "`WAY` of normalising: subtract the mean image (pixel, the paper's), standardise each channel (channel), by ImageNet's figures (imagenet) "+
		"or by means and deviations of your own (R,G,B/R,G,B, of values from 0 to 1)")
	f.IntVar(&s.Size, "size", cifar.Side, "height and width that pictures are enlarged to, between their pixels, for networks of larger ones")
	f.Group("network")
	s.Choice.Bind(f, "resnet20")
	s.BindInit(f)
	f.Group("optimisation")
	recipe.CIFAR.Bind(f, &s.Recipe)
	s.Settings = job.Paper
	s.Iterations = 64000
	s.Settings.Bind(f)
	recipe.CIFAR.Explain(f)
}

func command(flags *cli.Flags) settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "run", Bind: (*options).bind, Check: (*options).check,
		Usual: func(s *options) map[string]string {
			return s.Settings.Usual(flags.Given(), recipe.CIFAR.Flags(s.Recipe))
		},
		Recipes: recipe.CIFAR,
		Recipe:  func(s *options) string { return s.Recipe },
		Suited:  func(s *options) string { return recipe.For(s.Model) },
		Resume:  func(s *options, flags *cli.Flags) error { return s.Settings.Resume(flags) },
		Name:    func(s *options) string { return s.Name() },
		Free:    append([]string{"data"}, job.Free...), // the data may have moved
		Renamed: func() map[string]string {
			names := maps.Clone(job.Renamed)
			names["val"] = "holdout"
			return names
		}(),
	}
}

// check finds what is wrong whatever the data.
func (s *options) check(fresh bool) error {
	if err := cli.NotNegative("holdout", float64(s.Holdout)); err != nil {
		return err
	}
	if err := recipe.Check(s.Recipe, s.Weights); err != nil {
		return err
	}
	if _, err := s.normalization(nil); err != nil {
		return err
	}
	switch {
	case s.Size < cifar.Side || s.Size > cifar.MaxSide:
		return cli.Usagef("-size is %d, as the pictures are, to %d, not %d", cifar.Side, cifar.MaxSide, s.Size)
	case s.Size > cifar.Side && s.Normalize == byPixel:
		return cli.Usagef("-size %d needs another -normalize than %s, whose mean picture is of %d; channel is one", s.Size, byPixel, cifar.Side)
	}
	if err := s.CIFAR.Check(); err != nil {
		return err
	}
	if _, err := s.network(); err != nil {
		return err
	}
	return s.Settings.Check(fresh)
}

func (s *options) network() (resnet.Network, error) {
	return s.Lookup(resnet.Options{Classes: s.Classes(), Input: s.Size})
}

// data gets the two parts that the run works on, downloading where necessary.
func (s *options) data(ctx context.Context) (train, test *cifar.Set, err error) {
	d, err := s.Open(ctx, s.Seed)
	if err != nil {
		return nil, nil, err
	}
	train, test = d.Train, d.Test
	if s.Holdout > 0 {
		if s.Holdout >= train.Len() {
			return nil, nil, cli.Usagef("-holdout %d leaves nothing of %d training images", s.Holdout, train.Len())
		}
		train, test = train.Split(s.Holdout)
	}
	if s.LimitTest > 0 {
		test = test.Head(s.LimitTest)
	}
	return train, test, nil
}

// examples are the two parts as the network sees them. Normalisation is measured
// on the training part.
func (s *options) examples(train, test *cifar.Set) (a, b *cifar.Examples, err error) {
	n, _ := s.normalization(train) // check has looked
	own, err := s.measured(n)
	if err != nil {
		return nil, nil, err
	}
	if own != nil {
		n = *own
	}
	a = &cifar.Examples{Set: train, Normalization: n, Augmentation: s.Augmentation(), Side: s.Size}
	b = &cifar.Examples{Set: test, Normalization: n, Side: s.Size}
	return a, b, nil
}

// config says how to train.
func (s *options) config(n resnet.Network, train, test *cifar.Examples) (training.Config, error) {
	ownSchedule := s.Schedule != ""
	c, err := s.Config(train.Len(), 0.5, 0.75)
	if err == nil && !ownSchedule && n.Info().Layers >= 110 {
		s.Schedule = "errorwarmup+" + s.Schedule
		c.Schedule, err = training.ParseSchedule(s.Schedule, s.LR)
	}
	c.Name, c.Model, c.Train, c.Test = s.Name(), n, train, test
	if s.Size > cifar.Side {
		mean, deviation := train.Normalized()
		c.Preprocessing = &training.Preprocessing{Resize: s.Size, Interpolation: "bilinear", Mean: mean, Deviation: deviation}
	}
	if err == nil {
		err = s.Weigh(&c, s.Classes(), slices.Values(train.Set.Labels))
	}
	return c, err
}
