package main

import (
	"context"
	"flag"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// settings are everything that decides a run; config.json holds them.
type settings struct {
	Version    string `json:"version"`
	Recipe     string `json:"recipe"`
	Model      string `json:"model"`
	Shortcut   string `json:"shortcut"`
	Dataset    string `json:"dataset"`
	Data       string `json:"data"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
	Val        int    `json:"val"`
	Normalize  string `json:"normalize"`
	Augment    bool   `json:"augment"`
	Weights    string `json:"weights"`
	job.Settings

	card       *training.Card // of the checkpoint to be measured, if it has one
	contradict bool           // whether -normalize may say otherwise
}

// flags binds the settings to flags. The defaults are the paper's recipe.
func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.Recipe, "recipe", "paper", "settings for flags that are not given: paper, or fast (60 epochs, one cycle, Nesterov, weight decay 0.0005)")
	f.StringVar(&s.Model, "model", "resnet20", "network: resnetN or plainN with N = 6n+2 layers, or another that cmd/summary -all lists")
	f.StringVar(&s.Shortcut, "shortcut", "", "shortcuts where shapes change: A (zero-padding), B (projection) or C (projection everywhere); by default the model's own, A in the paper's family")
	f.StringVar(&s.Dataset, "dataset", "cifar10", "cifar10 or cifar100")
	f.StringVar(&s.Data, "data", "", data.Usage)
	f.IntVar(&s.LimitTrain, "limit-train", 0, "use the first N training images (0: all; synthetic: 10000)")
	f.IntVar(&s.LimitTest, "limit-test", 0, "use the first N test images (0: all; synthetic: 2000)")
	f.IntVar(&s.Val, "val", 0, "hold out the last N training images and measure on them instead of on the test set (the paper: 5000)")
	f.StringVar(&s.Normalize, "normalize", "pixel", "subtract the mean image (pixel, the paper's), standardise each channel (channel), by ImageNet's figures (imagenet)\n"+
		"or by means and deviations of your own (R,G,B/R,G,B, of values from 0 to 1)")
	f.BoolVar(&s.Augment, "augment", true, "pad by 4, crop at random, flip")
	f.StringVar(&s.Weights, "weights", "", "safetensors or PyTorch file to start from, or to measure with -eval; a last layer for other classes starts anew")
	s.Settings = job.Paper
	s.Iterations = 64000
	s.Settings.Flags(f)
}

// recipes are flags with other values than the paper's, by name.
var recipes = map[string]map[string]string{
	"paper": {},
	"fast":  {"epochs": "60", "schedule": "onecycle", "lr": "0.2", "weight-decay": "0.0005", "nesterov": "true"},
}

// follow gives flags that were not given the values of the recipe.
func (s *settings) follow(f *flag.FlagSet) error {
	recipe, ok := recipes[s.Recipe]
	if !ok {
		return cli.Usagef("-recipe is paper or fast, not %q", s.Recipe)
	}
	return cli.Follow(f, recipe)
}

// network checks the settings that are wrong whatever the data, before anything
// is fetched or written, and looks the model up.
func (s *settings) network() (resnet.Network, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if s.LimitTrain < 0 || s.LimitTest < 0 || s.Val < 0 {
		return nil, cli.Usagef("-limit-train, -limit-test and -val cannot be negative")
	}
	if _, err := s.normalization(nil); err != nil {
		return nil, err
	}
	variant, err := cifar.ParseVariant(s.Dataset)
	if err != nil {
		return nil, cli.Usagef("-dataset: %v", err)
	}
	if err := (data.Source{Path: s.Data, Variant: variant}).Check(); err != nil {
		return nil, err
	}
	o := resnet.Options{Classes: variant.Classes(), Input: cifar.Side}
	if s.Shortcut != "" {
		if o.Shortcut, err = blocks.ParseShortcut(s.Shortcut); err != nil || o.Shortcut == blocks.ShortcutNone {
			return nil, cli.Usagef("-shortcut is A, B or C, not %q", s.Shortcut)
		}
	}
	return resnet.Lookup(s.Model, o)
}

// data gets the two parts that the run works on, downloading where necessary.
func (s *settings) data(ctx context.Context) (train, test *cifar.Set, err error) {
	variant, err := cifar.ParseVariant(s.Dataset)
	if err != nil {
		return nil, nil, err
	}
	d, err := data.Open(ctx, data.Source{Path: s.Data, Variant: variant, Seed: s.Seed, Train: s.LimitTrain, Test: s.LimitTest})
	if err != nil {
		return nil, nil, err
	}
	train, test = d.Train, d.Test
	if s.Val > 0 {
		if s.Val >= train.Len() {
			return nil, nil, cli.Usagef("-val %d leaves nothing of %d training images", s.Val, train.Len())
		}
		train, test = train.Split(s.Val)
	}
	if s.LimitTest > 0 {
		test = test.Head(s.LimitTest)
	}
	return train, test, nil
}

// examples are the two parts as the network sees them. Normalisation is measured
// on the training part.
func (s *settings) examples(train, test *cifar.Set) (a, b *cifar.Examples, err error) {
	n, _ := s.normalization(train) // network has checked it
	own, err := s.measured(n)
	if err != nil {
		return nil, nil, err
	}
	if own != nil {
		n = *own
	}
	a, b = &cifar.Examples{Set: train, Normalization: n}, &cifar.Examples{Set: test, Normalization: n}
	if s.Augment {
		a.Augmentation = cifar.Augmentation{Pad: 4, Flip: true}
	}
	return a, b, nil
}

// config says how to train.
func (s *settings) config(n resnet.Network, train, test *cifar.Examples) (training.Config, error) {
	ownSchedule := s.Schedule != ""
	c, err := s.Config(train.Len(), 0.5, 0.75)
	if err == nil && !ownSchedule && n.Info().Layers >= 110 {
		s.Schedule = "errorwarmup+" + s.Schedule
		c.Schedule, err = training.ParseSchedule(s.Schedule, s.LR)
	}
	c.Name, c.Model, c.Train, c.Test = s.name(), n, train, test
	return c, err
}

// name is what checkpoints call the network.
func (s *settings) name() string {
	if s.Shortcut == "" {
		return s.Model
	}
	return s.Model + "-" + s.Shortcut
}

// prepare gives a new run the weights that it begins with.
func (s *settings) prepare(t *training.Trainer, first bool) error {
	if s.Weights == "" || !first {
		return nil
	}
	return job.StartFrom(s.Weights, t)
}

// agree checks that flags given on resuming are those of the run; the data may
// have moved.
func (s *settings) agree(given *flag.FlagSet) error {
	return cli.Agree(s, (*settings).flags, given, "data", "epochs", "iterations", "save-every", "retries", "detect-anomaly")
}

// directory is where a run goes that was not told.
func (s *settings) directory() string {
	return filepath.Join("runs", s.name()+"-"+time.Now().Format("20060102-150405"))
}
