package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// settings say which network paints.
type settings struct {
	network.Segmentation
	weights, labels, out string
	classes, base        int
	mean, std            string
	pretrained           pretrained.Flags
}

func (s *settings) bind(f *cli.Flags) {
	f.Group("network")
	f.StringVar(&s.weights, "weights", "", "`FILE` of the network's tensors, needed")
	s.pretrained.BindKey(f)
	s.Segmentation.Bind(f, "fcn_resnet50")
	f.StringVar(&s.labels, "labels", "", "`FILE` of class names, a name a line (default those of the weights, or of Pascal VOC for 21 classes)")
	f.IntVar(&s.classes, "classes", 0, "number of classes (0: those of the weights or of -labels, or else 21)")
	f.Group("pictures")
	f.IntVar(&s.base, "base", 0, "length that the shorter side is brought to before the network sees it (0: that of the weights, or else 520)")
	preprocess.BindChannels(f, &s.mean, &s.std)
	f.StringVar(&s.out, "out", "segmented", "`DIR` that is painted to")
}

// maxSide keeps a network within a usual machine's memory.
const maxSide = 4096

// open finds the network and its classes, and loads the weights.
func (s *settings) open(flags *cli.Flags) (w segmentation.Whole, names []string, err error) {
	switch {
	case s.weights == "":
		return w, nil, cli.Usagef("say with -weights which file holds the network's tensors")
	case s.base < 0 || s.base > maxSide:
		return w, nil, cli.Usagef("-base is 1 to %d, not %d", maxSide, s.base)
	case s.classes < 0 || s.classes > segmentation.Void:
		return w, nil, cli.Usagef("-classes is 1 to %d, not %d", segmentation.Void, s.classes)
	}
	if names, err = s.obey(flags); err != nil {
		return w, nil, err
	}
	if w.Normalization.Mean, w.Normalization.Deviation, err = preprocess.ParseChannels(s.mean, s.std); err != nil {
		return w, nil, err
	}
	if s.labels != "" {
		if names, err = imagenet.ReadLabels(s.labels, s.classes); err != nil {
			return w, nil, err
		}
	}
	voc := append([]string{"background"}, annotations.VOCClasses...)
	classes := cmp.Or(s.classes, len(names), len(voc))
	if names == nil && classes == len(voc) {
		names = voc
	}
	for len(names) < classes {
		names = append(names, fmt.Sprint("class ", len(names)))
	}
	net, err := s.Lookup(classes)
	if err != nil {
		return w, nil, err
	}
	state := graph.NewState()
	w.Base = s.base
	if w.Predictor, err = networks.NewPredictor(net, state); err != nil {
		return w, nil, err
	}
	if _, err := pretrained.Take(os.Stderr, s.weights, s.pretrained.Options(), state.LoadFile); err != nil {
		return w, nil, err
	}
	return w, names, pretrained.Finite(state, s.weights)
}

// obey takes from a checkpoint what it says of itself, in place of flags that were not
// given.
func (s *settings) obey(flags *cli.Flags) (names []string, err error) {
	card, err := training.ReadCard(s.weights)
	if card == nil || err != nil {
		return nil, err
	}
	if task := (segmentation.Task{}).Name(); card.Task != task {
		return nil, fmt.Errorf("%s is a checkpoint of the task %s, not of %s", s.weights, printable.Name(cmp.Or(card.Task, "classification")), task)
	}
	if err := s.Segmentation.Obey(s.weights, card.Model, flags); err != nil {
		return nil, err
	}
	if mean, deviation, _, known := preprocess.Channels(card); known {
		given := flags.Given()
		if !given["mean"] {
			s.mean = preprocess.Triple(mean)
		}
		if !given["std"] {
			s.std = preprocess.Triple(deviation)
		}
		s.base = cmp.Or(s.base, card.Preprocessing.Resize)
	}
	return card.Classes, nil
}
