package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// settings are everything that decides a run; config.json holds them.
type settings struct {
	Version    string `json:"version"`
	Recipe     string `json:"recipe"`
	Model      string `json:"model"`
	ZeroInit   bool   `json:"zero_init"`
	Data       string `json:"data"`
	Train      string `json:"train"`
	Val        string `json:"val"`
	Truth      string `json:"truth"`
	Synsets    string `json:"synsets"`
	Relist     bool   `json:"-"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
	preprocess.Flags
	Augment    string           `json:"augment"`
	Jitter     float64          `json:"jitter"`
	Weights    string           `json:"weights"`
	Freeze     string           `json:"freeze"`
	LayerDecay float64          `json:"layer_decay"`
	Pretrained pretrained.Flags `json:"pretrained"`
	job.Settings
}

// Values of -augment.
const (
	byPaper, byTorchvision, none = "paper", "torchvision", "none"
)

// flags binds the settings to flags. The defaults are the paper's recipe.
func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.Recipe, "recipe", "paper", "settings for flags that are not given: paper, torchvision (another augmentation and initialisation)\n"+
		"or finetune (with -weights: 15 epochs, batch 32, rate 0.01 along a cosine, torchvision's augmentation)")
	f.StringVar(&s.Model, "model", "resnet18", "network: one that summary -all lists")
	f.BoolVar(&s.ZeroInit, "zero-init", false, "start the last scale of every residual unit at 0")
	f.StringVar(&s.Data, "data", "", "folder with train and val in it, each a folder of class folders")
	f.StringVar(&s.Train, "train", "", "training pictures: a folder of class folders, or a table with the columns path and label (default train in -data)")
	f.StringVar(&s.Val, "val", "", "pictures to measure on, the same; or with -truth a folder of pictures (default val in -data)")
	f.StringVar(&s.Truth, "truth", "", "file with the label of every picture in -val, for a folder without classes")
	f.StringVar(&s.Synsets, "synsets", "", "file with the classes, as the folders call them, in the order of the numbers in -truth, where they have an order of their own")
	f.BoolVar(&s.Relist, "relist", false, data.RelistUsage)
	f.IntVar(&s.LimitTrain, "limit-train", 0, "use the first N training pictures (0: all)")
	f.IntVar(&s.LimitTest, "limit-test", 0, "measure on the first N pictures (0: all)")
	s.Flags.Bind(f)
	f.StringVar(&s.Augment, "augment", byPaper, "paper (shorter side 256 to 480, crop, flip, colours), torchvision (crop of random area and ratio, flip) or none")
	f.Float64Var(&s.Jitter, "jitter", 0, "change brightness, contrast and saturation by up to this part, such as 0.4")
	f.StringVar(&s.Weights, "weights", "", "safetensors or PyTorch file to start from; a last layer for other classes starts anew")
	s.Pretrained.Bind(f)
	f.StringVar(&s.Freeze, "freeze", "", "layers that keep their weights, such as conv1,bn1,layer1")
	f.Float64Var(&s.LayerDecay, "layer-decay", 1, "rate of each stage as a part of that of the stage after it, such as 0.5 (1: all the same)")
	s.Settings = job.Paper
	s.Batch, s.Epochs = 256, 90
	s.Settings.Flags(f)
}

// recipes are flags with other values than the paper's, by name.
var recipes = map[string]map[string]string{
	"paper":       {},
	"torchvision": {"augment": byTorchvision, "init": "fan-out"},
	"finetune":    {"augment": byTorchvision, "epochs": "15", "batch": "32", "lr": "0.01", "schedule": "cosine"},
}

// follow gives flags that were not given the values of the recipe.
func (s *settings) follow(f *flag.FlagSet) error {
	recipe, ok := recipes[s.Recipe]
	if !ok {
		return cli.Usagef("-recipe is paper, torchvision or finetune, not %q", s.Recipe)
	}
	return cli.Follow(f, recipe)
}

// check finds what is wrong whatever the data.
func (s *settings) check() error {
	switch {
	case s.Data == "" && (s.Train == "" || s.Val == ""):
		return cli.Usagef("say with -data where the pictures are, or with -train and -val")
	case s.Synsets != "" && s.Truth == "":
		return cli.Usagef("-synsets belongs to a -truth")
	case s.LimitTrain < 0 || s.LimitTest < 0:
		return cli.Usagef("-limit-train and -limit-test cannot be negative")
	case s.Augment != byPaper && s.Augment != byTorchvision && s.Augment != none:
		return cli.Usagef("-augment is %s, %s or %s, not %q", byPaper, byTorchvision, none, s.Augment)
	case !(s.Jitter >= 0 && s.Jitter <= 1):
		return cli.Usagef("-jitter is 0 to 1, not %v", s.Jitter)
	case !(s.LayerDecay > 0 && s.LayerDecay <= 1):
		return cli.Usagef("-layer-decay is above 0 and at most 1, not %v", s.LayerDecay)
	case s.Recipe == "finetune" && s.Weights == "":
		return cli.Usagef("-recipe finetune needs -weights to start from")
	}
	if _, err := s.Parse(); err != nil {
		return err
	}
	return s.Check()
}

// sets lists the pictures.
func (s *settings) sets(ctx context.Context) (train, val *imagenet.Set, err error) {
	trainPath, valPath := s.Train, s.Val
	if trainPath == "" {
		if trainPath, err = data.Part(s.Data, "train"); err != nil {
			return nil, nil, fmt.Errorf("-data %w", err)
		}
	}
	if train, err = (data.Pictures{Path: trainPath, Relist: s.Relist}).Open(ctx, nil); err != nil {
		return nil, nil, err
	}
	if valPath == "" {
		if valPath, err = data.Part(s.Data, "val"); err != nil {
			return nil, nil, fmt.Errorf("-data %w", err)
		}
	}
	if val, err = (data.Pictures{Path: valPath, Truth: s.Truth, Synsets: s.Synsets, Relist: s.Relist}).Open(ctx, train.Classes); err != nil {
		return nil, nil, err
	}
	head(train, s.LimitTrain)
	head(val, s.LimitTest)
	return train, val, nil
}

func head(s *imagenet.Set, n int) {
	if n > 0 && n < len(s.Files) {
		s.Files = s.Files[:n]
	}
}

// network finds the network for the classes.
func (s *settings) network(classes int) (resnet.Network, error) {
	return resnet.Lookup(s.Model, resnet.Options{Classes: classes, Input: s.Crop, ZeroInitResidual: s.ZeroInit})
}

// examples are the pictures as the network sees them.
func (s *settings) examples(network resnet.Network, train, val *imagenet.Set) (a, b *imagenet.Examples, err error) {
	p, err := s.Parse()
	if err != nil {
		return nil, nil, err
	}
	if p, err = preprocess.Settle(p, network.Info().Input); err != nil {
		return nil, nil, err
	}
	a = &imagenet.Examples{Set: train, Test: p.Pipeline(), Log: slog.Default()}
	b = &imagenet.Examples{Set: val, Test: p.Pipeline(), Log: slog.Default()}
	switch s.Augment {
	case byPaper:
		a.Train = imagenet.PaperAugmentation(p.Crop)
	case byTorchvision:
		a.Train = imagenet.ResizedCropAugmentation(p.Crop)
	case none:
		a.Train = p.Pipeline()
	}
	a.Train.Normalization = a.Test.Normalization
	if s.Jitter > 0 {
		a.Train.Transforms = append(a.Train.Transforms, imagenet.ColorJitter{Brightness: s.Jitter, Contrast: s.Jitter, Saturation: s.Jitter})
	}
	return a, b, nil
}

// preprocessing is what checkpoints say of it.
func (s *settings) preprocessing(network resnet.Network) (*training.Preprocessing, error) {
	p, err := s.Parse()
	if err == nil {
		p, err = preprocess.Settle(p, network.Info().Input)
	}
	return &training.Preprocessing{Resize: p.Resize, Interpolation: p.Interpolation.String(), Mean: p.Mean[:], Deviation: p.Deviation[:]}, err
}

// config says how to train.
func (s *settings) config(network resnet.Network, train, val *imagenet.Examples) (training.Config, error) {
	c, err := s.Config(train.Len(), 1./3, 2./3)
	c.Name, c.Model, c.Train, c.Test = s.Model, network, train, val
	if err == nil {
		c.Preprocessing, err = s.preprocessing(network)
	}
	if s.Freeze != "" {
		c.Freeze = strings.Split(s.Freeze, ",")
	}
	return c, err
}

// prepare gives the layers their rates, and a new run the weights it begins with.
func (s *settings) prepare(c training.Config, t *training.Trainer, first bool) error {
	if s.LayerDecay < 1 {
		c.Solver.(*training.SGD).Factor = layerDecay(t.State(), s.LayerDecay)
	}
	if s.Weights == "" || !first {
		return nil
	}
	fresh, err := s.Pretrained.LoadBody(os.Stdout, t.State(), s.Weights)
	if err != nil {
		return err
	}
	fmt.Printf("starting from %s", s.Weights)
	if fresh {
		fmt.Print(", with a new last layer: the file's is for other classes")
	}
	fmt.Println()
	return nil
}

// layerDecay gives every stage of the network the rate of the next one times the
// factor; the last layer has the whole rate. A stage is what the names of tensors
// begin with, together with the norm after it.
func layerDecay(state *graph.State, factor float64) func(name string) float64 {
	stage, last := map[string]int{}, 0
	for _, x := range state.Tensors() {
		name, _, _ := strings.Cut(x.Name, ".")
		if _, known := stage[name]; known {
			continue
		}
		if len(x.Shape()) > 1 {
			last++
		}
		stage[name] = last
	}
	return func(name string) float64 {
		name, _, _ = strings.Cut(name, ".")
		return math.Pow(factor, float64(last-stage[name]))
	}
}

// agree checks that flags given on resuming are those of the run; the data may
// have moved.
func (s *settings) agree(given *flag.FlagSet) error {
	return cli.Agree(s, (*settings).flags, given, "data", "train", "val", "truth", "synsets", "relist", "epochs", "iterations", "save-every", "retries", "detect-anomaly")
}

// directory is where a run goes that was not told.
func (s *settings) directory() string {
	return filepath.Join("runs", s.Model+"-"+time.Now().Format("20060102-150405"))
}
