package main

import (
	"cmp"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/recipe"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// options are everything that decides a run; config.json holds them.
type options struct {
	Recipe string `json:"recipe"`
	network.Segmentation
	data.Masks
	Size     int     `json:"size"`
	Base     int     `json:"base"`
	Least    float64 `json:"scale_min"`
	Most     float64 `json:"scale_max"`
	NoFlip   bool    `json:"no_flip"`
	Mean     string  `json:"mean"`
	Std      string  `json:"std"`
	Backbone string  `json:"backbone_weights"`
	job.Settings

	classes []string // of a checkpoint to be measured, nil where it does not say
}

// torchvision is how torchvision's reference trains networks for segmentation.
var torchvision = job.Settings{Start: job.Start{LayerDecay: 1}, Epochs: 30, Batch: 8, Accumulate: 1, LR: 0.01, Schedule: "polynomial", Optimizer: "sgd",
	Momentum: 0.9, Decay: 1e-4, DecayAll: true, Init: "fan-out", Seed: 1, SaveEvery: "10m"}

// recipes are values of flags that are not given.
var recipes = recipe.List{
	{Name: "torchvision", About: "torchvision's reference, the defaults"},
	{Name: "quick", About: "for -data synthetic, minutes on two cores", Flags: map[string]string{
		"synthetic-size": "96", "model": "fcn_resnet20", "size": "96", "base": "96", "scale-min": "0.8", "scale-max": "1.25", "batch": "16", "epochs": "15",
		"optimizer": "adamw", "momentum": "0", "lr": "0.003", "weight-decay": "0.01", "schedule": "warmup:5%+polynomial"}},
}

// bind binds the settings to flags.
func (s *options) bind(f *cli.Flags) {
	f.Group("data")
	s.Masks.Bind(f)
	f.IntVar(&s.Size, "size", 480, "height and width of what is cut out for training, and that whole pictures are brought into to measure the run")
	f.IntVar(&s.Base, "base", 0, "length of the shorter side of whole pictures for -eval, and what the scales are of (0: 13/12 of -size, 520 for 480)")
	f.Float64Var(&s.Least, "scale-min", 0.5, "least factor of -base in training")
	f.Float64Var(&s.Most, "scale-max", 2, "largest factor of -base in training")
	f.BoolVar(&s.NoFlip, "no-flip", false, "mirror no pictures, where left and right are not alike")
	preprocess.BindChannels(f, &s.Mean, &s.Std)
	f.Group("network")
	s.Segmentation.Bind(f, "fcn_resnet50")
	f.StringVar(&s.Backbone, "backbone-weights", "", "safetensors or PyTorch `FILE` that the backbone starts from, of the network that tells pictures apart, such as imagenet-train's or torchvision's resnet50")
	f.Group("optimisation")
	f.StringVar(&s.Recipe, "recipe", recipes[0].Name, "`NAME` of settings for flags that are not given, one below")
	s.Settings = torchvision
	var columns []string
	for _, m := range (segmentation.Task{}).Metrics() {
		columns = append(columns, "test_"+m.Name)
	}
	s.Settings.BindTask(f, append(columns, "test_loss", "train_loss")...)
	recipes.Explain(f)
}

func command(flags *cli.Flags) settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "run", Bind: (*options).bind, Check: (*options).check,
		Usual:   func(s *options) map[string]string { return s.Settings.Usual(flags.Given(), recipes.Flags(s.Recipe)) },
		Recipes: recipes,
		Recipe:  func(s *options) string { return s.Recipe },
		Resume:  func(s *options, flags *cli.Flags) error { return s.Settings.Resume(flags) },
		Name:    func(s *options) string { return s.Name() },
		Free:    append(data.MasksFree, job.Free...),
	}
}

// maxSide keeps a network within a usual machine's memory.
const maxSide = 4096

// check finds what is wrong whatever the data.
func (s *options) check(fresh bool) error {
	switch {
	case s.Size < 8 || s.Size > maxSide || s.Base < 0 || s.Base > maxSide:
		return cli.Usagef("-size is 8 to %d, and -base 0 to %[1]d", maxSide)
	case !(s.Least > 0 && s.Least <= s.Most && s.Most <= 16):
		return cli.Usagef("-scale-min is above 0 and at most -scale-max, which is at most 16, not %v and %v", s.Least, s.Most)
	case s.Backbone != "" && s.Weights != "":
		return cli.Usagef("-backbone-weights and -weights cannot both be given; -weights has the backbone in it")
	}
	if fresh && s.Backbone != "" {
		if err := cli.Exists("backbone-weights", s.Backbone); err != nil {
			return err
		}
	}
	if _, err := s.normalization(); err != nil {
		return err
	}
	return cmp.Or(s.Masks.Check(), s.Segmentation.Check(), s.Settings.Check(fresh))
}

// auxiliaryRate is how many times faster the auxiliary head learns, as in torchvision.
func auxiliaryRate(name string, _ []int) (rate, decay float64) {
	if strings.HasPrefix(name, "aux_classifier.") {
		return 10, 1
	}
	return 1, 1
}

// config says how to train.
func (s *options) config(train, val *annotations.Set) (training.Config, error) {
	a, b, err := s.examples(train, val)
	if err != nil {
		return training.Config{}, err
	}
	classes := len(segmentation.Classes(train))
	net, err := s.Lookup(classes)
	if err != nil {
		return training.Config{}, err
	}
	c, err := s.Config(train.Len(), 1./3, 2./3)
	if err != nil {
		return c, err
	}
	weights, err := s.WeightsOf(classes, func() ([]int, error) { return segmentation.CountPixels(train) })
	c.Name, c.Model, c.Train, c.Test, c.Task = s.Name(), net, a, b, segmentation.Task{Classes: classes, Weights: weights}
	c.Groups.Factors = auxiliaryRate
	n, _ := s.normalization() // check has looked
	c.Preprocessing = &training.Preprocessing{Resize: s.base(), Interpolation: "bilinear", Mean: n.Mean[:], Deviation: n.Deviation[:]}
	s.Load = s.load(net)
	s.OnEnd = s.atEnd(net, val)
	return c, err
}
