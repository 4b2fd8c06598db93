package main

import (
	"cmp"
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
)

// options are everything that decides an experiment; config.json holds them.
type options struct {
	// Those that have been there from the start name no experiment.
	Experiment name   `json:"experiment,omitzero"`
	Budget     string `json:"budget,omitempty"`

	Recipe   string `json:"recipe"`
	Depths   string `json:"depths"`
	Kinds    string `json:"kinds"`
	Seeds    string `json:"seeds"`
	Shortcut string `json:"shortcut"`
	data.CIFAR
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	LR         float64 `json:"lr"`
	Every      int     `json:"every"`
	Subset     int     `json:"subset"`
	Parallel   int     `json:"parallel"`
}

// bind binds the settings to flags. The defaults are the quick recipe.
func (s *options) bind(f *cli.Flags) {
	f.Group("experiment")
	s.Experiment = degradation
	f.Var(&s.Experiment, "experiment", "`NAME` of one below; flags that are not given have values that suit it")
	f.Explain("experiments", listed())
	s.CIFAR.Bind(f, 2000)
	f.IntVar(&s.Subset, "subset", 2000, "training images that the training error is measured on")
	f.Group("networks")
	f.StringVar(&s.Depths, "depths", "20,56", "`LAYERS` of the networks, 6n+2 each; blocks of a Transformer")
	f.StringVar(&s.Kinds, "kinds", "plain,residual", "`KINDS` of networks: plain, residual or both; in other experiments what they compare")
	f.StringVar(&s.Seeds, "seeds", "1,2", "`NUMBERS` from which every network is trained once each")
	network.BindShortcut(f, &s.Shortcut, string(blocks.ShortcutA))
	f.Group("optimisation")
	f.StringVar(&s.Recipe, "recipe", "quick", "`NAME` of settings for flags that are not given: quick, or paper (64,000 steps from a rate of 0.1, all test images, seeds 1 to 5)")
	f.Float64Var(&s.Epochs, "epochs", 0, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", 800, "training steps of each network; the rate falls to 1/10 at 1/2 and 3/4 of them")
	f.IntVar(&s.Batch, "batch", 128, "images a step")
	f.Float64Var(&s.LR, "lr", 0.02, "learning rate at the start; the paper has 0.1, at which deep networks start too slowly for a short run")
	f.StringVar(&s.Budget, "budget", "", "`TIME`, such as 10m, in place of -iterations: as many steps as the whole experiment has time for on this machine, one network after another; an hour for experiments but the first")
	f.IntVar(&s.Parallel, "parallel", 1, "networks trained at the same time")
	f.Group("records")
	f.IntVar(&s.Every, "every", 0, "steps between measurements (0: a twelfth of the steps, a quarter for Transformers, at most 1000)")
}

func command(flags *cli.Flags) settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "experiment", Bind: (*options).bind,
		Check: func(s *options, fresh bool) error {
			if fresh && flags.Given()["shortcut"] && s.Experiment != degradation {
				return cli.Usagef("-shortcut is for the experiment %s; %s has shortcuts of its own", degradation, s.Experiment)
			}
			if fresh && s.Budget != "" && (s.Iterations > 0 || s.Epochs > 0) {
				return cli.Usagef("-budget stands in place of -iterations and -epochs; leave one out")
			}
			_, err := s.experiment()
			return err
		},
		Usual: func(s *options) map[string]string { return s.usual(flags.Given()) },
		Recipes: []settings.Recipe{
			{Name: "quick"},
			{Name: "paper", Flags: map[string]string{"iterations": "64000", "lr": "0.1", "limit-test": "0", "seeds": "1,2,3,4,5"}},
		},
		Recipe: func(s *options) string { return s.Recipe },
		Name:   func(s *options) string { return string(s.Experiment) },
		Free:   []string{"data", "parallel"}, // the data may have moved; how many are trained at a time decides nothing
	}
}

// experiment finds what is wrong whatever the data, and says what is wanted.
func (s *options) experiment() (c experiment.Config, err error) {
	design, err := experiment.Lookup(string(s.Experiment))
	if err != nil {
		return c, cli.OneOf("experiment", string(s.Experiment), experiment.Names()...)
	}
	if s.Recipe != "quick" && !design.Paper {
		return c, cli.Usagef("-recipe %s is not for the experiment %s, whose networks are trained otherwise", s.Recipe, design.Name)
	}
	budget, err := s.budget()
	if err != nil {
		return c, err
	}
	if budget == 0 {
		err = cli.Positive("iterations", float64(s.Iterations))
	}
	if err != nil {
		return c, err
	}
	err = cmp.Or(cli.Positive("batch", float64(s.Batch)), cli.NotNegative("iterations", float64(s.Iterations)), cli.NotNegative("epochs", s.Epochs), cli.Positive("lr", s.LR),
		cli.Positive("subset", float64(s.Subset)), cli.Positive("parallel", float64(s.Parallel)), cli.NotNegative("every", float64(s.Every)))
	if err == nil {
		err = s.CIFAR.Check()
	}
	if err != nil {
		return c, err
	}
	if c.Shortcut, err = network.ParseShortcut(s.Shortcut); err != nil {
		return c, err
	}
	for _, text := range list(s.Depths) {
		depth, err := strconv.Atoi(text)
		if err != nil {
			return c, cli.Usagef("-depths are numbers such as 20,56, not %q", s.Depths)
		}
		c.Depths = append(c.Depths, depth)
	}
	for _, text := range list(s.Seeds) {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return c, cli.Usagef("-seeds are numbers such as 1,2,3, not %q", s.Seeds)
		}
		c.Seeds = append(c.Seeds, seed)
	}
	for _, text := range list(s.Kinds) {
		if err := cli.OneOf("kinds", text, words(design.Kinds)...); err != nil {
			return c, err
		}
		c.Kinds = append(c.Kinds, experiment.Kind(text))
	}
	c.Experiment, c.OnLine = design.Name, cli.Row
	c.Batch, c.Iterations, c.Rate, c.Every, c.Subset, c.Parallel = s.Batch, s.Iterations, s.LR, s.Every, s.Subset, s.Parallel
	if err := c.Check(); err != nil {
		return c, cli.Usagef("%w", err)
	}
	return c, nil
}

func list(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// load gets the data, and settles what depends on how many they are.
func (s *options) load(ctx context.Context, c *experiment.Config) error {
	d, err := s.Open(ctx, 1)
	if err != nil {
		return err
	}
	mean := cifar.PerPixelMean(d.Train)
	c.Train = cifar.Examples{Set: d.Train, Normalization: mean, Augmentation: s.Augmentation()}
	c.Test = cifar.Examples{Set: d.Test, Normalization: mean}
	c.Classes = len(d.Train.Classes)
	if s.Epochs > 0 {
		c.Iterations = int(min(max(math.Round(s.Epochs*float64(d.Train.Len())/float64(s.Batch)), 1), math.MaxInt32))
	}
	return nil
}
