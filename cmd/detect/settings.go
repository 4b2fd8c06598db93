package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/detection"
)

// settings say which network looks at what.
type settings struct {
	model, weights, labels, out string
	classes, short, long        int
	score, epsilon              float64
	pretrained                  pretrained.Flags

	names         []string // of the classes from 1 on
	normalization imagenet.Normalization
}

func (s *settings) bind(f *cli.Flags) {
	f.Group("network")
	f.StringVar(&s.weights, "weights", "", "`FILE` of the network's tensors, needed")
	s.pretrained.BindKey(f)
	f.StringVar(&s.model, "model", "fasterrcnn_resnet50_fpn", "`NETWORK`: "+strings.Join(networks.Names(), ", ")+", or of this kind on another residual network")
	f.StringVar(&s.labels, "labels", "", "`FILE` of class names without the background, a name a line (default those of the weights, or of COCO for 91 classes)")
	f.IntVar(&s.classes, "classes", 0, "number of classes with the background (0: those of the weights or of -labels, or else 91)")
	f.Float64Var(&s.epsilon, "norm-epsilon", 1e-5, "what the backbone's batch norms add to a variance; 0 for torchvision's weights for COCO of the first versions")
	f.Group("pictures")
	f.IntVar(&s.short, "min-size", 0, "length that the shorter side is brought to before the network sees it (0: that of the weights, or else 800)")
	f.IntVar(&s.long, "max-size", 1333, "the most that the longer side may then have")
	f.Float64Var(&s.score, "score", 0.5, "least score of what is drawn and printed; results.json has all")
	f.StringVar(&s.out, "out", "detected", "`DIR` that is written to")
}

// Bounds that keep a network within a usual machine's memory.
const (
	maxSide    = 4096
	maxClasses = 10_000
)

// open finds the network and its classes, and loads the weights.
func (s *settings) open(flags *cli.Flags) (*detection.Predictor, error) {
	switch {
	case s.weights == "":
		return nil, cli.Usagef("say with -weights which file holds the network's tensors")
	case s.short < 0 || s.short > maxSide || s.long < 1 || s.long > maxSide:
		return nil, cli.Usagef("-min-size and -max-size are 1 to %d, not %d and %d", maxSide, s.short, s.long)
	case s.classes < 0 || s.classes == 1 || s.classes > maxClasses:
		return nil, cli.Usagef("-classes is 2 to %d, not %d", maxClasses, s.classes)
	case !(s.score >= 0 && s.score <= 1):
		return nil, cli.Usagef("-score is 0 to 1, not %v", s.score)
	case !(s.epsilon >= 0 && s.epsilon < 1):
		return nil, cli.Usagef("-norm-epsilon is 0 to below 1, not %v", s.epsilon)
	}
	if err := s.obey(flags); err != nil {
		return nil, err
	}
	if s.labels != "" {
		var err error
		if s.names, err = imagenet.ReadLabels(s.labels, max(s.classes-1, 0)); err != nil {
			return nil, err
		}
	}
	if s.classes == 0 && s.names != nil {
		s.classes = len(s.names) + 1
	}
	if s.classes = cmp.Or(s.classes, 91); s.names == nil && s.classes == 91 {
		s.names = detection.COCO
	}
	network, err := networks.Lookup(s.model, networks.Options{Classes: s.classes, Epsilon: max(s.epsilon, networks.Tiny)})
	if err != nil {
		return nil, cli.Usagef("%w%s", err, cli.DidYouMean(s.model, networks.Names()))
	}
	state := graph.NewState()
	preprocessing := annotations.Preprocessing{MinSides: []int{cmp.Or(s.short, network.Info().Input)}, MaxSide: s.long, Normalization: s.normalization}
	p, err := detection.NewPredictor(network, state, preprocessing)
	if err != nil {
		return nil, err
	}
	taken, err := state.LoadFile(s.weights, s.pretrained.Options())
	if err != nil {
		return nil, pretrained.Explain(err)
	}
	pretrained.Print(os.Stderr, s.weights, taken)
	for _, t := range state.Tensors() {
		for _, v := range t.Torch() {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("%s: %s holds %v; the weights are damaged", s.weights, t.Name, v)
			}
		}
	}
	return p, nil
}

// obey takes from a checkpoint what it says of itself, in place of flags that were not given.
func (s *settings) obey(flags *cli.Flags) error {
	card, err := training.ReadCard(s.weights)
	if card == nil || err != nil {
		return err
	}
	given := flags.Given()
	switch task := (detection.Task{}).Name(); {
	case card.Task != task:
		return fmt.Errorf("%s is a checkpoint of the task %s, not of %s", s.weights, printable.Name(cmp.Or(card.Task, "classification")), task)
	case given["model"] && s.model != card.Model:
		return cli.Usagef("%s holds a %s, not a %s; leave -model out", s.weights, printable.Name(card.Model), s.model)
	}
	s.model, s.names = card.Model, card.Classes
	if mean, deviation, _, known := preprocess.Channels(card); known {
		s.normalization = imagenet.Normalization{Mean: mean, Deviation: deviation}
		s.short = cmp.Or(s.short, card.Preprocessing.Resize)
	}
	return nil
}

// set is of the pictures, numbered from 1, with the network's classes as categories.
func (s *settings) set(pictures []string) *annotations.Set {
	set := &annotations.Set{}
	for i, path := range pictures {
		set.Pictures = append(set.Pictures, annotations.Picture{ID: int64(i + 1), File: path})
	}
	for class := 1; class < s.classes; class++ {
		set.Categories = append(set.Categories, annotations.Category{ID: int64(class), Name: s.name(class)})
	}
	return set
}

// name is the name of a class.
func (s *settings) name(class int) string {
	if class >= 1 && class <= len(s.names) && s.names[class-1] != "" {
		return s.names[class-1]
	}
	return fmt.Sprint("class ", class)
}
