package main

import (
	"fmt"
	"strconv"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
)

// settings say which network sees what.
type settings struct {
	network.Choice
	weights, labels string
	classes, top    int
	pictures        preprocess.Flags
	pretrained      pretrained.Flags

	// What follows from them.
	preprocessing imagenet.Preprocessing
	names         []string
	meanImage     []float32 // [H W C], in units of the deviation, that is subtracted too; nil for none
}

func (s *settings) flags(f *cli.Flags) {
	f.Group("network")
	f.StringVar(&s.weights, "weights", "", "`FILE` of the network's tensors, needed")
	s.pretrained.Bind(f)
	s.Choice.Bind(f, "resnet50")
	f.StringVar(&s.labels, "labels", "", "`FILE` of class names: a name a line, a table with columns index and name, or ImageNet's JSON class index")
	f.IntVar(&s.classes, "classes", 0, "number of classes (0: of -labels, or else the network's usual)")
	f.IntVar(&s.top, "top", 5, "number of classes to print")
	f.Group("pictures")
	s.pictures.Bind(f)
}

// resolve checks the settings, finds the network and its classes' names and
// settles the preprocessing.
func (s *settings) resolve(flags *cli.Flags) (named resnet.Network, err error) {
	switch {
	case s.weights == "":
		return nil, cli.Usagef("say with -weights which file holds the network's tensors")
	case s.top < 1:
		return nil, cli.Usagef("-top is at least 1, not %d", s.top)
	case s.classes < 0 || s.classes > network.MaxClasses:
		return nil, cli.Usagef("-classes is 1 to %d, not %d", network.MaxClasses, s.classes)
	}
	if s.preprocessing, err = s.pictures.Parse(); err != nil {
		return nil, err
	}
	if err := s.obey(flags); err != nil {
		return nil, err
	}
	if s.labels != "" {
		if s.names, err = imagenet.ReadLabels(s.labels, s.classes); err != nil {
			return nil, err
		}
		if s.classes = len(s.names); s.classes > network.MaxClasses {
			return nil, fmt.Errorf("%s names %d classes; at most %d are possible", s.labels, s.classes, network.MaxClasses)
		}
	}
	if named, err = s.Lookup(resnet.Options{Classes: s.classes, Input: s.preprocessing.Crop}); err != nil {
		return nil, err
	}
	s.preprocessing, err = preprocess.Settle(s.preprocessing, named.Info().Input)
	return named, err
}

// name is the name of a class, where there is one.
func (s *settings) name(class int) string {
	if class < len(s.names) {
		return s.names[class]
	}
	return "class " + strconv.Itoa(class)
}
