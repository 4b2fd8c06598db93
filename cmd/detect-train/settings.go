package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/cmd/internal/recipe"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/detection"
)

// options are everything that decides a run; config.json holds them.
type options struct {
	Recipe string `json:"recipe"`
	pictures
	Model    string  `json:"model"`
	Epsilon  float64 `json:"norm_epsilon"`
	Backbone string  `json:"backbone_weights"`
	Trained  int     `json:"trained_layers"`
	Objects  int     `json:"max_objects"`
	Short    int     `json:"min_size"`
	Long     int     `json:"max_size"`
	NoFlip   bool    `json:"no_flip"`
	job.Settings
}

// torchvision is how torchvision's reference trains detectors, for 2 pictures a step.
var torchvision = job.Settings{Start: job.Start{LayerDecay: 1}, Epochs: 26, Batch: 2, Accumulate: 1, LR: 0.0025, Schedule: "steps:16e,22e", Optimizer: "sgd",
	Momentum: 0.9, Decay: 1e-4, DecayAll: true, Init: "fan-out", Seed: 1, SaveEvery: "10m"}

// recipes are values of flags that are not given.
var recipes = recipe.List{
	{Name: "torchvision", About: "torchvision's reference, the defaults"},
	{Name: "quick", About: "for -data synthetic, ten minutes on two cores", Flags: map[string]string{
		"model": "fasterrcnn_small", "min-size": "128", "max-size": "128", "max-objects": "10", "batch": "8", "epochs": "3",
		"optimizer": "adam", "momentum": "0", "lr": "0.001", "weight-decay": "0", "schedule": "cosine", "clip-norm": "10"}},
}

// bind binds the settings to flags.
func (s *options) bind(f *cli.Flags) {
	f.Group("data")
	s.pictures.bind(f)
	f.IntVar(&s.Objects, "max-objects", 100, "the most objects that a picture may have")
	f.IntVar(&s.Short, "min-size", 800, "length that the shorter side of pictures is brought to")
	f.IntVar(&s.Long, "max-size", 1333, "the most that the longer side may then have")
	f.BoolVar(&s.NoFlip, "no-flip", false, "mirror no pictures, where left and right are not alike")
	f.Group("network")
	f.StringVar(&s.Model, "model", "fasterrcnn_resnet50_fpn", "`NETWORK`: "+strings.Join(networks.Names(), ", ")+", or of this kind on another residual network")
	f.Float64Var(&s.Epsilon, "norm-epsilon", 1e-5, "what the backbone's batch norms add to a variance; 0 for torchvision's weights for COCO of the first versions")
	f.StringVar(&s.Backbone, "backbone-weights", "", "safetensors or PyTorch `FILE` that the backbone starts from, of the network that tells pictures apart, such as imagenet-train's or torchvision's resnet50")
	f.IntVar(&s.Trained, "trained-layers", 3, "groups of layers of the backbone that are trained, from the last on, where it starts from weights: its batch norms are then taken as given")
	f.Group("optimisation")
	f.StringVar(&s.Recipe, "recipe", recipes[0].Name, "`NAME` of settings for flags that are not given, one below")
	s.Settings = torchvision
	s.Settings.BindTask(f, "test_"+detection.PrecisionMetric, "test_"+detection.PrecisionMetric50, "test_loss", "train_loss")
	recipes.Explain(f)
}

func command(flags *cli.Flags) settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "run", Bind: (*options).bind, Check: (*options).check,
		Usual:   func(s *options) map[string]string { return s.Settings.Usual(flags.Given(), recipes.Flags(s.Recipe)) },
		Recipes: recipes,
		Recipe:  func(s *options) string { return s.Recipe },
		Resume:  func(s *options, flags *cli.Flags) error { return s.Settings.Resume(flags) },
		Name:    func(s *options) string { return s.Model },
		Free:    append(picturesFree, job.Free...),
	}
}

// Bounds that keep a network within a usual machine's memory.
const (
	maxSide    = 4096
	maxObjects = 1000
)

// check finds what is wrong whatever the data.
func (s *options) check(fresh bool) error {
	switch {
	case s.Short < 16 || s.Short > s.Long || s.Long > maxSide:
		return cli.Usagef("-min-size is 16 to -max-size, which is at most %d, not %d and %d", maxSide, s.Short, s.Long)
	case s.Objects < 1 || s.Objects > maxObjects:
		return cli.Usagef("-max-objects is 1 to %d, not %d", maxObjects, s.Objects)
	case s.Trained < 0:
		return cli.Usagef("-trained-layers is 0 or more, not %d", s.Trained)
	case !(s.Epsilon >= 0 && s.Epsilon < 1):
		return cli.Usagef("-norm-epsilon is 0 to below 1, not %v", s.Epsilon)
	case s.Backbone != "" && s.Weights != "":
		return cli.Usagef("-backbone-weights and -weights cannot both be given; -weights has the backbone in it")
	case s.ClassWeights != "":
		return cli.Usagef("-class-weights are not for detectors")
	}
	if fresh && s.Backbone != "" {
		if err := cli.Exists("backbone-weights", s.Backbone); err != nil {
			return err
		}
	}
	_, err := s.network(0)
	return cmp.Or(err, s.pictures.check(), s.Settings.Check(fresh))
}

// network is the one for so many categories; 0 stands for COCO's.
func (s *options) network(categories int) (networks.Network, error) {
	classes := 0
	if categories > 0 {
		classes = categories + 1
	}
	n, err := networks.Lookup(s.Model, networks.Options{Classes: classes, Epsilon: max(s.Epsilon, networks.Tiny)})
	if err != nil {
		return nil, cli.Usagef("%w%s", err, cli.DidYouMean(s.Model, networks.Names()))
	}
	return n, nil
}

// preprocessing is how pictures become inputs.
func (s *options) preprocessing() annotations.Preprocessing {
	return annotations.Preprocessing{MinSides: []int{s.Short}, MaxSide: s.Long}
}

// sources are the pictures to learn and those to measure on.
func (s *options) sources() (train, test *annotations.Set, err error) {
	if train, test, err = s.open(s.Seed); err != nil {
		return nil, nil, err
	}
	if a, b := names(train), names(test); !slices.Equal(a, b) {
		return nil, nil, fmt.Errorf("-data and -test have other categories: %d, and %d", len(a), len(b))
	}
	return train, test, nil
}

// names are those of a set's categories.
func names(set *annotations.Set) (all []string) {
	for _, c := range set.Categories {
		all = append(all, c.Name)
	}
	return all
}

// obey takes from a checkpoint that is to be measured what it says of itself.
func (s *options) obey(weights string, flags *cli.Flags) error {
	card, err := training.ReadCard(weights)
	if card == nil || err != nil {
		return err
	}
	switch task := (detection.Task{}).Name(); {
	case card.Task != task:
		return fmt.Errorf("%s is a checkpoint of the task %s, not of %s", weights, printable.Name(cmp.Or(card.Task, "classification")), task)
	case flags.Given()["model"] && s.Model != card.Model:
		return cli.Usagef("%s holds a %s, not a %s; leave -model out", weights, printable.Name(card.Model), s.Model)
	}
	s.Model = card.Model
	if card.Preprocessing != nil && !flags.Given()["min-size"] {
		s.Short = card.Preprocessing.Resize
		s.Long = max(s.Long, s.Short)
	}
	return nil
}

// config says how to train.
func (s *options) config(train, test *annotations.Set) (training.Config, error) {
	net, err := s.network(len(train.Categories))
	if err != nil {
		return training.Config{}, err
	}
	c, err := s.Config(train.Len(), 16./26, 22./26)
	if err != nil {
		return c, err
	}
	task := detection.Task{Network: net, Objects: s.Objects}
	o := detection.DataOptions{Preprocessing: s.preprocessing()}
	a := o
	if !s.NoFlip {
		a.Augment = annotations.Transforms{annotations.Flip{Probability: 0.5}}
	}
	learnt, err := detection.NewData(train, task, a)
	if err != nil {
		return c, err
	}
	o.Canvas = annotations.Size{Height: learnt.Shape()[0], Width: learnt.Shape()[1]}
	measured, err := detection.NewData(test, task, o)
	if err != nil {
		return c, err
	}
	if s.Backbone != "" || s.Weights != "" {
		frozen, err := net.Frozen(s.Trained)
		if err != nil {
			return c, err
		}
		c.Freeze = append(c.Freeze, frozen...)
	}
	c.Name, c.Model, c.Task, c.Train, c.Test = s.Model, task.Model(), task, learnt, measured
	c.Preprocessing = &training.Preprocessing{Resize: s.Short, Interpolation: "bilinear", Mean: []float32{0.485, 0.456, 0.406}, Deviation: []float32{0.229, 0.224, 0.225}}
	s.Load = s.load(net)
	s.OnEnd = s.atEnd(net, test)
	return c, nil
}

// load gives a new run the weights it begins with.
func (s *options) load(net networks.Network) func(*graph.State) error {
	return func(state *graph.State) error {
		path, load := s.Weights, state.LoadFile
		if s.Backbone != "" {
			path, load = s.Backbone, func(path string, o weights.FitOptions) (weights.Taken, error) {
				return net.LoadBackbone(state, path, o)
			}
		}
		if path == "" {
			return nil
		}
		if _, err := pretrained.Take(os.Stdout, path, s.Pretrained.Options(), load); err != nil {
			return err
		}
		cli.Textf("starting from %s\n", path)
		return nil
	}
}
