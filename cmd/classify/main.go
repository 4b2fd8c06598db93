package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/scoring"
)

const about = `Classify prints the most probable classes of pictures (JPEG, PNG and others). The preprocessing belongs to
the weights: checkpoints of this project say what it is, and what the network and its classes are called;
for others it is by default that of torchvision's ResNets, the shorter side to 256, the middle 224x224,
each channel standardised by ImageNet's mean and deviation.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var s settings
	s.flags(flags)
	images, err := cli.ParseArgs(flags, about, args, "PICTURE...")
	if err != nil {
		return err
	}
	network, err := s.resolve(flags)
	if err != nil {
		return err
	}
	c, err := load(network, &s)
	if err != nil {
		return err
	}
	broken, err := cli.EachPicture(ctx, images, func(_ int, image string) error {
		logits, err := c.classify(ctx, image)
		if err != nil {
			return err
		}
		cli.Printf("%s\n", printable.Name(image))
		for i, p := range scoring.Top(logits, s.top) {
			cli.Printf("%4d  %6.2f %%  %s\n", i+1, 100*p.Probability, printable.Name(s.name(p.Class)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d pictures could not be classified", broken, len(images))
	}
	return nil
}

// classifier is a network with weights and the preprocessing that goes with them.
type classifier struct {
	preprocessing imagenet.Preprocessing
	meanImage     []float32 // see settings
	predictor     *resnet.Predictor
	input         []float32
}

func load(network resnet.Network, s *settings) (*classifier, error) {
	shape := s.preprocessing.Shape()
	predictor, err := resnet.OpenPredictor(network, shape[0], shape[1], resnet.PredictorOptions{Batch: 1, Parallel: 1},
		func(state *graph.State) error { return s.pretrained.Load(os.Stderr, state, s.weights) })
	if err != nil {
		return nil, err
	}
	return &classifier{s.preprocessing, s.meanImage, predictor, make([]float32, shape[0]*shape[1]*shape[2])}, nil
}

// classify returns the logits of a picture.
func (c *classifier) classify(ctx context.Context, path string) ([]float32, error) {
	picture, err := imagenet.Open(path)
	if err != nil {
		return nil, err
	}
	if err := c.preprocessing.Apply(c.input, picture); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, m := range c.meanImage {
		c.input[i] -= m
	}
	logits, err := c.predictor.Predict(ctx, c.input)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, x := range logits {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("%s: the network answers %v for class %d; these weights are damaged or of another model", path, x, i)
		}
	}
	return logits, nil
}
