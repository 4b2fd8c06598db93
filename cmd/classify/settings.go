package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
)

// settings say which network sees what.
type settings struct {
	weights, model, labels string
	classes, top           int
	mean, deviation        string
	interpolation          string
	resize, crop           int

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
	f.StringVar(&s.mean, "mean", triple(imagenet.Mean), "mean of red, green and blue, in units of x/255")
	f.StringVar(&s.deviation, "std", triple(imagenet.Deviation), "their standard deviations")
	f.IntVar(&s.resize, "resize", 0, "length that the shorter side is resized to (0: 8/7 of -crop, 256 for 224; for networks of CIFAR the same)")
	f.IntVar(&s.crop, "crop", 0, "height and width of what is cut from the middle (0: the network's usual, 224 or 32)")
	f.StringVar(&s.interpolation, "interpolation", imagenet.Bilinear.String(), "in resizing: bilinear or bicubic")
}

// What keeps a network within a usual machine's memory.
const (
	maxCrop    = 2048
	maxClasses = 100_000
)

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
	case s.crop < 0 || s.crop > maxCrop || s.resize < 0 || s.resize > maxCrop:
		return nil, cli.Usagef("-crop and -resize are 1 to %d", maxCrop)
	}
	p := &s.preprocessing
	if p.Interpolation, err = imagenet.ParseInterpolation(s.interpolation); err != nil {
		return nil, cli.Usagef("-interpolation is bilinear or bicubic, not %q", s.interpolation)
	}
	if p.Mean, err = parseTriple(s.mean); err != nil {
		return nil, cli.Usagef("-mean: %v", err)
	}
	if p.Deviation, err = parseTriple(s.deviation); err != nil {
		return nil, cli.Usagef("-std: %v", err)
	}
	if d := p.Deviation; !(min(d[0], d[1], d[2]) > 0) {
		return nil, cli.Usagef("-std must be positive, got %s", s.deviation)
	}
	if s.labels != "" {
		if s.names, err = imagenet.ReadLabels(s.labels, s.classes); err != nil {
			return nil, err
		}
		if s.classes = len(s.names); s.classes > maxClasses {
			return nil, fmt.Errorf("%s names %d classes; at most %d are possible", s.labels, s.classes, maxClasses)
		}
	}
	if network, err = resnet.Lookup(s.model, resnet.Options{Classes: s.classes, Input: s.crop}); err != nil {
		return nil, err
	}
	p.Crop, p.Resize = network.Info().Input, s.resize
	if p.Resize == 0 {
		p.Resize = p.Crop
		if p.Crop >= 64 {
			p.Resize = (8*p.Crop + 3) / 7
		}
	}
	if p.Resize < p.Crop {
		return nil, cli.Usagef("-resize %d is less than -crop %d", p.Resize, p.Crop)
	}
	return network, nil
}

// name is the name of a class, where there is one.
func (s *settings) name(class int) string {
	if class < len(s.names) {
		return s.names[class]
	}
	return "class " + strconv.Itoa(class)
}

func triple(v [3]float32) string { return fmt.Sprintf("%v,%v,%v", v[0], v[1], v[2]) }

func parseTriple(text string) (out [3]float32, err error) {
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return out, fmt.Errorf("want three numbers as in 0.485,0.456,0.406, got %q", text)
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 32)
		if err != nil {
			return out, fmt.Errorf("%q is no number", part)
		}
		out[i] = float32(v)
	}
	return out, nil
}
