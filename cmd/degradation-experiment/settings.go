package main

import (
	"context"
	"flag"
	"math"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/training/degradation"
)

// settings are everything that decides an experiment; config.json holds them.
type settings struct {
	Experiment string  `json:"experiment"`
	Version    string  `json:"version"`
	Recipe     string  `json:"recipe"`
	Depths     string  `json:"depths"`
	Kinds      string  `json:"kinds"`
	Seeds      string  `json:"seeds"`
	Shortcut   string  `json:"shortcut"`
	Dataset    string  `json:"dataset"`
	Data       string  `json:"data"`
	LimitTrain int     `json:"limit_train"`
	LimitTest  int     `json:"limit_test"`
	Augment    bool    `json:"augment"`
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	LR         float64 `json:"lr"`
	Every      int     `json:"every"`
	Subset     int     `json:"subset"`
	Parallel   int     `json:"parallel"`
}

// flags binds the settings to flags. The defaults are the quick recipe.
func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.Recipe, "recipe", "quick", "settings for flags that are not given: quick, or paper (64,000 steps from a rate of 0.1, all test images, seeds 1 to 5)")
	f.StringVar(&s.Depths, "depths", "20,56", "layers of the networks, 6n+2 each")
	f.StringVar(&s.Kinds, "kinds", "plain,residual", "plain, residual or both")
	f.StringVar(&s.Seeds, "seeds", "1,2", "every network is trained once for each")
	f.StringVar(&s.Shortcut, "shortcut", "A", "shortcuts where shapes change: A (zero-padding), B (projection) or C (projection everywhere)")
	f.StringVar(&s.Dataset, "dataset", "cifar10", "cifar10 or cifar100")
	f.StringVar(&s.Data, "data", "", data.Usage)
	f.IntVar(&s.LimitTrain, "limit-train", 0, "use the first N training images (0: all; synthetic: 10000)")
	f.IntVar(&s.LimitTest, "limit-test", 2000, "use the first N test images (0: all; synthetic: 2000)")
	f.BoolVar(&s.Augment, "augment", true, "pad by 4, crop at random, flip")
	f.Float64Var(&s.Epochs, "epochs", 0, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", 800, "training steps of each network; the rate falls to 1/10 at 1/2 and 3/4 of them")
	f.IntVar(&s.Batch, "batch", 128, "images a step")
	f.Float64Var(&s.LR, "lr", 0.02, "learning rate at the start; the paper has 0.1, at which deep networks start too slowly for a short run")
	f.IntVar(&s.Every, "every", 0, "steps between measurements (0: a twelfth of the steps, at most 1000)")
	f.IntVar(&s.Subset, "subset", 2000, "training images that the training error is measured on")
	f.IntVar(&s.Parallel, "parallel", 1, "networks trained at the same time")
}

// paper are the flags whose values differ in the paper's recipe.
var paper = map[string]string{"iterations": "64000", "lr": "0.1", "limit-test": "0", "seeds": "1,2,3,4,5"}

// follow gives flags that were not given the values of the recipe.
func (s *settings) follow(f *flag.FlagSet) error {
	if s.Recipe != "quick" && s.Recipe != "paper" {
		return cli.Usagef("-recipe is quick or paper, not %q", s.Recipe)
	}
	if s.Recipe == "paper" {
		return cli.Follow(f, paper)
	}
	return nil
}

// experiment checks the settings that are wrong whatever the data, before
// anything is fetched or written.
func (s *settings) experiment() (c degradation.Config, err error) {
	if s.Batch < 1 || s.Iterations < 1 || !(s.Epochs >= 0) || !(s.LR > 0) || s.Subset < 1 || s.Parallel < 1 || s.Every < 0 {
		return c, cli.Usagef("-batch, -iterations, -lr, -subset and -parallel must be positive, -epochs and -every not negative")
	}
	if s.LimitTrain < 0 || s.LimitTest < 0 {
		return c, cli.Usagef("-limit-train and -limit-test cannot be negative")
	}
	variant, err := cifar.ParseVariant(s.Dataset)
	if err != nil {
		return c, cli.Usagef("-dataset: %v", err)
	}
	if err := (data.Source{Path: s.Data, Variant: variant}).Check(); err != nil {
		return c, err
	}
	if k, err := blocks.ParseShortcut(s.Shortcut); err != nil || k == blocks.ShortcutNone {
		return c, cli.Usagef("-shortcut is A, B or C, not %q", s.Shortcut)
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
		c.Kinds = append(c.Kinds, degradation.Kind(text))
	}
	c.Shortcut = blocks.Shortcut(s.Shortcut)
	c.Batch, c.Iterations, c.Rate, c.Every, c.Subset, c.Parallel = s.Batch, s.Iterations, s.LR, s.Every, s.Subset, s.Parallel
	return c, c.Check()
}

func list(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// load gets the data, and settles what depends on how many they are.
func (s *settings) load(ctx context.Context, c *degradation.Config) error {
	variant, err := cifar.ParseVariant(s.Dataset)
	if err != nil {
		return err
	}
	d, err := data.Open(ctx, data.Source{Path: s.Data, Variant: variant, Seed: 1, Train: s.LimitTrain, Test: s.LimitTest})
	if err != nil {
		return err
	}
	mean := cifar.PerPixelMean(d.Train)
	train := cifar.Examples{Set: d.Train, Normalization: mean}
	if s.Augment {
		train.Augmentation = cifar.PaperAugmentation
	}
	c.Train, c.Test, c.Classes = train, cifar.Examples{Set: d.Test, Normalization: mean}, len(d.Train.Classes)
	if s.Epochs > 0 {
		c.Iterations = int(min(max(math.Round(s.Epochs*float64(d.Train.Len())/float64(s.Batch)), 1), math.MaxInt32))
	}
	return nil
}

// agree checks that flags given on resuming are those of the experiment. The data
// may have moved, and how many networks are trained at a time decides nothing.
func (s *settings) agree(given *flag.FlagSet) error {
	return cli.Agree(s, (*settings).flags, given, "data", "parallel")
}
