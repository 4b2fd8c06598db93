package main

import (
	"flag"
	"fmt"
	"strconv"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
)

// settings say which network sees what.
type settings struct {
	weights, model, labels string
	classes, top           int
	pictures               preprocess.Flags
	pretrained             pretrained.Flags

	// What follows from them.
	preprocessing imagenet.Preprocessing
	names         []string
}

func (s *settings) flags(f *flag.FlagSet) {
	f.StringVar(&s.weights, "weights", "", "file of the network's tensors, needed")
	f.StringVar(&s.model, "model", "resnet50", "network: one that summary -all lists, or resnetN or plainN with N = 6n+2 layers")
	f.StringVar(&s.labels, "labels", "", "class names: a name a line, a table with columns index and name, or ImageNet's JSON class index")
	f.IntVar(&s.classes, "classes", 0, "number of classes (0: of -labels, or else the network's usual)")
	f.IntVar(&s.top, "top", 5, "number of classes to print")
	s.pretrained.Bind(f)
	s.pictures.Bind(f)
}

// maxClasses keeps a network within a usual machine's memory.
const maxClasses = 100_000

// resolve checks the settings, finds the network and its classes' names and
// settles the preprocessing.
func (s *settings) resolve() (network resnet.Network, err error) {
	switch {
	case s.weights == "":
		return nil, cli.Usagef("say with -weights which file holds the network's tensors")
	case s.top < 1:
		return nil, cli.Usagef("-top is at least 1, not %d", s.top)
	case s.classes < 0 || s.classes > maxClasses:
		return nil, cli.Usagef("-classes is 1 to %d, not %d", maxClasses, s.classes)
	}
	if s.preprocessing, err = s.pictures.Parse(); err != nil {
		return nil, err
	}
	if s.labels != "" {
		if s.names, err = imagenet.ReadLabels(s.labels, s.classes); err != nil {
			return nil, err
		}
		if s.classes = len(s.names); s.classes > maxClasses {
			return nil, fmt.Errorf("%s names %d classes; at most %d are possible", s.labels, s.classes, maxClasses)
		}
	}
	if network, err = resnet.Lookup(s.model, resnet.Options{Classes: s.classes, Input: s.preprocessing.Crop}); err != nil {
		return nil, err
	}
	s.preprocessing, err = preprocess.Settle(s.preprocessing, network.Info().Input)
	return network, err
}

// name is the name of a class, where there is one.
func (s *settings) name(class int) string {
	if class < len(s.names) {
		return s.names[class]
	}
	return "class " + strconv.Itoa(class)
}
