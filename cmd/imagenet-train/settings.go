package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/recipe"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// options are everything that decides a run; config.json holds them.
type options struct {
	Recipe string `json:"recipe"`
	network.Choice
	Data       string `json:"data"`
	Train      string `json:"train"`
	Val        string `json:"val"`
	Truth      string `json:"truth"`
	Synsets    string `json:"synsets"`
	Relist     bool   `json:"-"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
	preprocess.Flags
	Augment data.Augment `json:"augment"`
	Jitter  float64      `json:"jitter"`
	job.Settings

	card *carded // what the checkpoint to be measured says, if it says anything
}

// bind binds the settings to flags. The defaults are the paper's recipe.
func (s *options) bind(f *cli.Flags) {
	f.Group("data")
	f.StringVar(&s.Data, "data", "", "`FOLDER` with train and val in it, each a folder of class folders")
	f.StringVar(&s.Train, "train", "", "training pictures: `FOLDER` of class folders, or a table with the columns path and label (default train in -data)")
	f.StringVar(&s.Val, "val", "", "pictures to measure on: `FOLDER` of class folders or a table; or with -truth a folder of pictures (default val in -data)")
	f.StringVar(&s.Truth, "truth", "", "`FILE` with the label of every picture in -val, for a folder without classes")
	f.StringVar(&s.Synsets, "synsets", "", "`FILE` with the classes, as the folders call them, in the order of the numbers in -truth, where they have an order of their own")
	f.BoolVar(&s.Relist, "relist", false, data.RelistUsage)
	f.IntVar(&s.LimitTrain, "limit-train", 0, "use the first N training pictures (0: all)")
	f.IntVar(&s.LimitTest, "limit-test", 0, "measure on the first N pictures (0: all)")
	s.Flags.Bind(f)
	s.Augment = data.Paper
	f.Var(&s.Augment, "augment", "`WAY` in which training pictures are changed at random: paper (shorter side 256 to 480, crop, flip, colours), torchvision (crop of random area and ratio, flip) or none")
	f.Float64Var(&s.Jitter, "jitter", 0, "change brightness, contrast and saturation by up to this part, such as 0.4")
	f.Group("network")
	s.Choice.Bind(f, "resnet18")
	s.BindInit(f)
	f.Group("optimisation")
	recipe.ImageNet.Bind(f, &s.Recipe)
	s.Settings = job.Paper
	s.Batch, s.Epochs = 256, 90
	s.Settings.Bind(f)
	recipe.ImageNet.Explain(f)
}

func command(flags *cli.Flags) settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "run", Bind: (*options).bind, Check: (*options).check,
		Usual: func(s *options) map[string]string {
			return s.Settings.Usual(flags.Given(), recipe.ImageNet.Flags(s.Recipe))
		},
		Recipes: recipe.ImageNet,
		Recipe:  func(s *options) string { return s.Recipe },
		Suited:  func(s *options) string { return recipe.For(s.Model) },
		Resume:  func(s *options, flags *cli.Flags) error { return s.Settings.Resume(flags) },
		Name:    func(s *options) string { return s.Name() },
		Free:    append([]string{"data", "train", "val", "truth", "synsets", "relist"}, job.Free...), // the data may have moved
		Renamed: job.Renamed,
	}
}

// check finds what is wrong whatever the data.
func (s *options) check(fresh bool) error {
	switch {
	case s.Data == "" && s.Val == "":
		return cli.Usagef("say with -data where the pictures are, or with -train and -val")
	case s.Synsets != "" && s.Truth == "":
		return cli.Usagef("-synsets belongs to a -truth")
	case !(s.Jitter >= 0 && s.Jitter <= 1):
		return cli.Usagef("-jitter is 0 to 1, not %v", s.Jitter)
	}
	if err := recipe.Check(s.Recipe, s.Weights); err != nil {
		return err
	}
	if err := cmp.Or(cli.NotNegative("limit-train", float64(s.LimitTrain)), cli.NotNegative("limit-test", float64(s.LimitTest))); err != nil {
		return err
	}
	if err := cli.OneOf("augment", string(s.Augment), string(data.Paper), string(data.Torchvision), string(data.None)); err != nil {
		return err
	}
	if err := s.Choice.Check(); err != nil {
		return err
	}
	if _, err := s.Parse(); err != nil {
		return err
	}
	return s.Settings.Check(fresh)
}

// sets lists the pictures. Where a checkpoint says the classes, the training pictures
// are not needed, and none.
func (s *options) sets(ctx context.Context) (train, val *imagenet.Set, err error) {
	train = new(imagenet.Set)
	if s.card != nil {
		train.Classes = s.card.classes
	}
	if train.Classes == nil {
		path, err := s.part(s.Train, "train")
		if err != nil {
			return nil, nil, err
		}
		if train, err = (data.Pictures{Path: path, Relist: s.Relist}).Open(ctx, nil); err != nil {
			return nil, nil, err
		}
		head(train, s.LimitTrain)
	}
	path, err := s.part(s.Val, "val")
	if err != nil {
		return nil, nil, err
	}
	if val, err = (data.Pictures{Path: path, Truth: s.Truth, Synsets: s.Synsets, Relist: s.Relist}).Open(ctx, train.Classes); err != nil {
		return nil, nil, err
	}
	head(val, s.LimitTest)
	return train, val, nil
}

// part is where a flag says that the pictures of a part of the data set are or, where it
// does not, -data.
func (s *options) part(path, name string) (string, error) {
	switch {
	case path != "":
		return path, nil
	case s.Data == "":
		return "", cli.Usagef("say with -%s where the pictures are, or with -data", name)
	}
	path, err := data.Part(s.Data, name)
	if err != nil {
		return "", fmt.Errorf("-data %w", err)
	}
	return path, nil
}

func head(s *imagenet.Set, n int) {
	if n > 0 && n < len(s.Files) {
		s.Files = s.Files[:n]
	}
}

// network finds the network for the classes.
func (s *options) network(classes int) (resnet.Network, error) {
	p, _, err := s.prepared()
	if err != nil {
		return nil, err
	}
	return s.Lookup(resnet.Options{Classes: classes, Input: p.Crop})
}

// examples are the pictures as the network sees them.
func (s *options) examples(network resnet.Network, train, val *imagenet.Set) (a, b *imagenet.Examples, err error) {
	p, pixels, err := s.prepared()
	if err != nil {
		return nil, nil, err
	}
	if p, err = preprocess.Settle(p, network.Info().Input); err != nil {
		return nil, nil, err
	}
	a = &imagenet.Examples{Set: train, Test: p.Pipeline(), Log: slog.Default()}
	a.Test.Normalization.Pixels = pixels
	b = &imagenet.Examples{Set: val, Test: a.Test, Log: slog.Default()}
	switch s.Augment {
	case data.Paper:
		a.Train = imagenet.PaperAugmentation(p.Crop)
	case data.Torchvision:
		a.Train = imagenet.ResizedCropAugmentation(p.Crop)
	case data.None:
		a.Train = p.Pipeline()
	}
	a.Train.Normalization = a.Test.Normalization
	if s.Jitter > 0 {
		a.Train.Transforms = append(a.Train.Transforms, imagenet.ColorJitter{Brightness: s.Jitter, Contrast: s.Jitter, Saturation: s.Jitter})
	}
	return a, b, nil
}

// preprocessing is what checkpoints say of it.
func (s *options) preprocessing(network resnet.Network) (*training.Preprocessing, error) {
	p, err := s.Parse()
	if err == nil {
		p, err = preprocess.Settle(p, network.Info().Input)
	}
	return &training.Preprocessing{Resize: p.Resize, Interpolation: p.Interpolation.String(), Mean: p.Mean[:], Deviation: p.Deviation[:]}, err
}

// config says how to train.
func (s *options) config(network resnet.Network, train, val *imagenet.Examples) (training.Config, error) {
	c, err := s.Config(train.Len(), 1./3, 2./3)
	c.Name, c.Model, c.Train, c.Test = s.Name(), network, train, val
	if err == nil {
		c.Preprocessing, err = s.preprocessing(network)
	}
	if err == nil {
		err = s.Weigh(&c, len(train.Set.Classes), labels(train.Set))
	}
	return c, err
}

// labels are those of the pictures.
func labels(s *imagenet.Set) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, f := range s.Files {
			if !yield(f.Label) {
				return
			}
		}
	}
}
