package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// settings are everything that decides a run; config.json holds them.
type settings struct {
	Version    string  `json:"version"`
	Recipe     string  `json:"recipe"`
	Model      string  `json:"model"`
	Shortcut   string  `json:"shortcut"`
	Init       string  `json:"init"`
	Dataset    string  `json:"dataset"`
	Data       string  `json:"data"`
	LimitTrain int     `json:"limit_train"`
	LimitTest  int     `json:"limit_test"`
	Val        int     `json:"val"`
	Normalize  string  `json:"normalize"`
	Augment    bool    `json:"augment"`
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	Schedule   string  `json:"schedule"`
	LR         float64 `json:"lr"`
	Momentum   float64 `json:"momentum"`
	Decay      float64 `json:"weight_decay"`
	DecayAll   bool    `json:"decay_all"`
	Nesterov   bool    `json:"nesterov"`
	Seed       uint64  `json:"seed"`
	Histograms bool    `json:"histograms"`
}

// flags binds the settings to flags. The defaults are the paper's recipe.
func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.Recipe, "recipe", "paper", "settings for flags that are not given: paper, or fast (60 epochs, one cycle, Nesterov, weight decay 0.0005)")
	f.StringVar(&s.Model, "model", "resnet20", "network: resnetN or plainN with N = 6n+2 layers, or another that cmd/summary -all lists")
	f.StringVar(&s.Shortcut, "shortcut", "", "shortcuts where shapes change: A (zero-padding), B (projection) or C (projection everywhere); by default the model's own, A in the paper's family")
	f.StringVar(&s.Init, "init", "fan-in", "He initialisation by fan-in (the paper's) or fan-out (torchvision's)")
	f.StringVar(&s.Dataset, "dataset", "cifar10", "cifar10 or cifar100")
	f.StringVar(&s.Data, "data", "", data.Usage)
	f.IntVar(&s.LimitTrain, "limit-train", 0, "use the first N training images (0: all; synthetic: 10000)")
	f.IntVar(&s.LimitTest, "limit-test", 0, "use the first N test images (0: all; synthetic: 2000)")
	f.IntVar(&s.Val, "val", 0, "hold out the last N training images and measure on them instead of on the test set (the paper: 5000)")
	f.StringVar(&s.Normalize, "normalize", "pixel", "subtract the mean image (pixel, the paper's), standardise each channel (channel), by ImageNet's figures (imagenet)\n"+
		"or by means and deviations of your own (R,G,B/R,G,B, of values from 0 to 1)")
	f.BoolVar(&s.Augment, "augment", true, "pad by 4, crop at random, flip")
	f.Float64Var(&s.Epochs, "epochs", 0, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", 64000, "training steps")
	f.IntVar(&s.Batch, "batch", 128, "images a step")
	f.StringVar(&s.Schedule, "schedule", "", "paper, constant, steps:AT,AT..[:FACTOR], cosine, onecycle; warmup:SPAN+ or errorwarmup+ before it; spans in steps, or epochs with an e.\n"+
		"By default the rate falls to 1/10 at 1/2 and 3/4 of the run, as in the paper; from 110 layers on with its warm-up")
	f.Float64Var(&s.LR, "lr", 0.1, "learning rate, the schedule's highest")
	f.Float64Var(&s.Momentum, "momentum", 0.9, "momentum")
	f.Float64Var(&s.Decay, "weight-decay", 1e-4, "weight decay, added to the gradient")
	f.BoolVar(&s.DecayAll, "decay-all", true, "decay batch norm's parameters and biases too")
	f.BoolVar(&s.Nesterov, "nesterov", false, "Nesterov's momentum")
	f.BoolVar(&s.Histograms, "histograms", false, "record the distributions of weights and gradients for TensorBoard at every epoch")
	f.Uint64Var(&s.Seed, "seed", 1, "seed of initial weights, order, augmentation and synthetic data")
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
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range recipe {
		if given[name] || name == "epochs" && given["iterations"] {
			continue
		}
		if err := f.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// network checks the settings that are wrong whatever the data, before anything
// is fetched or written, and looks the model up.
func (s *settings) network() (resnet.Network, error) {
	if s.Batch < 1 || s.Iterations < 1 || !(s.Epochs >= 0) || !(s.LR > 0) {
		return nil, cli.Usagef("-batch, -iterations and -lr must be positive, -epochs not negative")
	}
	if s.LimitTrain < 0 || s.LimitTest < 0 || s.Val < 0 {
		return nil, cli.Usagef("-limit-train, -limit-test and -val cannot be negative")
	}
	if _, err := s.normalization(nil); err != nil {
		return nil, err
	}
	if _, ok := inits[s.Init]; !ok {
		return nil, cli.Usagef("-init is fan-in or fan-out, not %q", s.Init)
	}
	if s.Schedule != "" {
		if _, err := training.ParseSchedule(s.Schedule, s.LR); err != nil {
			return nil, cli.Usagef("-schedule: %v", err)
		}
	}
	variant, err := cifar.ParseVariant(s.Dataset)
	if err != nil {
		return nil, cli.Usagef("-dataset: %v", err)
	}
	classes := variant.Classes()
	if s.Data == data.Synthetic {
		classes = 10
	}
	o := resnet.Options{Classes: classes, Input: cifar.Side}
	if s.Shortcut != "" {
		if o.Shortcut, err = blocks.ParseShortcut(s.Shortcut); err != nil || o.Shortcut == blocks.ShortcutNone {
			return nil, cli.Usagef("-shortcut is A, B or C, not %q", s.Shortcut)
		}
	}
	return resnet.Lookup(s.Model, o)
}

// inits are the values that -init takes.
var inits = map[string]graph.Init{"fan-in": graph.FanIn, "fan-out": graph.FanOut}

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
func (s *settings) examples(train, test *cifar.Set) (a, b *cifar.Examples) {
	n, _ := s.normalization(train) // network has checked it
	a, b = &cifar.Examples{Set: train, Normalization: n}, &cifar.Examples{Set: test, Normalization: n}
	if s.Augment {
		a.Augmentation = cifar.Augmentation{Pad: 4, Flip: true}
	}
	return a, b
}

// config settles what the flags left open, so that config.json is explicit, and
// says how to train.
func (s *settings) config(c resnet.Network, train, test *cifar.Examples) (training.Config, error) {
	if s.Epochs > 0 {
		s.Iterations = max(int(math.Round(s.Epochs*float64(train.Len())/float64(s.Batch))), 1)
	}
	if s.Schedule == "" {
		s.Schedule = fmt.Sprintf("steps:%d,%d", s.Iterations/2, s.Iterations*3/4)
		if c.Info().Layers >= 110 {
			s.Schedule = "errorwarmup+" + s.Schedule
		}
	}
	schedule, err := training.ParseSchedule(s.Schedule, s.LR)
	return training.Config{
		Name: s.name(), Model: c, Train: train, Test: test,
		Batch: s.Batch, Iterations: s.Iterations, Schedule: schedule, Seed: s.Seed, Init: inits[s.Init],
		Solver: &training.SGD{Momentum: s.Momentum, Decay: s.Decay, Nesterov: s.Nesterov, DecayWeightsOnly: !s.DecayAll},
	}, err
}

// name is what checkpoints call the network.
func (s *settings) name() string {
	if s.Shortcut == "" {
		return s.Model
	}
	return s.Model + "-" + s.Shortcut
}

// agree checks that flags given on resuming are those of the run; the data may
// have moved.
func (s *settings) agree(given *flag.FlagSet) (err error) {
	stored := flag.NewFlagSet("", flag.ContinueOnError)
	was := *s
	(&was).bind(stored)
	given.Visit(func(f *flag.Flag) {
		of := stored.Lookup(f.Name)
		if of == nil || f.Name == "data" || f.Value.String() == of.Value.String() || err != nil {
			return
		}
		err = fmt.Errorf("the run was started with -%s %s, not %s; leave the flag out, or start a new run in another -out",
			f.Name, of.Value, f.Value)
	})
	return err
}

// bind is flags with the present values in place of the defaults.
func (s *settings) bind(f *flag.FlagSet) {
	values := *s
	s.flags(f)
	*s = values
}

// directory is where a run goes that was not told.
func (s *settings) directory() string {
	return filepath.Join("runs", s.name()+"-"+time.Now().Format("20060102-150405"))
}
