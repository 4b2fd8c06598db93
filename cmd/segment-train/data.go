package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// obey takes from a checkpoint that is to be measured what it says of itself, in place of
// flags that were not given. A flag that says otherwise is an error. Files that say
// nothing change nothing.
func (s *options) obey(weights string, flags *cli.Flags) error {
	card, err := training.ReadCard(weights)
	if card == nil || err != nil {
		return err
	}
	if task := (segmentation.Task{}).Name(); card.Task != task {
		return fmt.Errorf("%s is a checkpoint of the task %s, not of %s", weights, printable.Name(cmp.Or(card.Task, "classification")), task)
	}
	if err := s.Segmentation.Obey(weights, card.Model, flags); err != nil {
		return err
	}
	s.classes = card.Classes
	mean, deviation, _, known := preprocess.Channels(card)
	if !known {
		return nil
	}
	given := flags.Given()
	if given["mean"] && s.Mean != preprocess.Triple(mean) || given["std"] && s.Std != preprocess.Triple(deviation) {
		return cli.Usagef("%s was trained with other means and deviations than -mean and -std say; leave them out", weights)
	}
	s.Mean, s.Std = preprocess.Triple(mean), preprocess.Triple(deviation)
	if !given["base"] && !given["size"] {
		s.Base = card.Preprocessing.Resize
	}
	return nil
}

// base is the length of the shorter side of whole pictures.
func (s *options) base() int { return cmp.Or(s.Base, 13*s.Size/12) }

// normalization is what flags say of it.
func (s *options) normalization() (n imagenet.Normalization, err error) {
	n.Mean, n.Deviation, err = preprocess.ParseChannels(s.Mean, s.Std)
	return n, err
}

// sources are the pictures to learn and those to measure on.
func (s *options) sources(context.Context) (train, val *annotations.Set, err error) {
	train, val, err = s.Masks.Open(s.Seed)
	if err == nil && s.classes != nil && !slices.Equal(s.classes, segmentation.Classes(val)) {
		return nil, nil, fmt.Errorf("-data %s has the classes %s; the network was trained for %s", printable.Name(s.Data), some(segmentation.Classes(val)), some(s.classes))
	}
	return train, val, err
}

// some are names in a line.
func some(names []string) string {
	text := ""
	for i, n := range names[:min(len(names), 5)] {
		if i > 0 {
			text += ", "
		}
		text += printable.Name(n)
	}
	if len(names) > 5 {
		text += fmt.Sprintf(" and %d more", len(names)-5)
	}
	return text
}

// examples are the pictures as the network sees them.
func (s *options) examples(train, val *annotations.Set) (a, b *segmentation.Examples, err error) {
	n, err := s.normalization()
	a = &segmentation.Examples{Set: train, Size: s.Size, Train: segmentation.Augmentation(s.Size, s.base(), s.Least, s.Most, !s.NoFlip), Normalization: n}
	b = &segmentation.Examples{Set: val, Size: s.Size, Normalization: n}
	return a, b, err
}

// load gives a new run the weights it begins with.
func (s *options) load(net networks.Network) func(*graph.State) error {
	return func(state *graph.State) error {
		switch {
		case s.Backbone != "":
			backbone := func(path string, o weights.FitOptions) (weights.Taken, error) {
				return net.LoadBackbone(state, path, o)
			}
			if _, err := pretrained.Take(os.Stdout, s.Backbone, s.Pretrained.Options(), backbone); err != nil {
				return err
			}
			cli.Printf("starting from the backbone %s\n", s.Backbone)
		case s.Weights != "":
			o := s.Pretrained.Options()
			o.Fresh = net.FreshHead()
			taken, err := pretrained.Take(os.Stdout, s.Weights, o, state.LoadFile)
			if err != nil {
				return err
			}
			more := ""
			if len(taken.Fresh) > 0 {
				more = ", with new last layers: the file's are for other classes, or not all there"
			}
			cli.Printf("starting from %s%s\n", s.Weights, more)
		}
		return nil
	}
}
