// Package detector has the flags that say which detector looks at pictures, and how.
package detector

import (
	"cmp"
	"fmt"
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

// Flags are what the user says about it.
type Flags struct {
	Weights              string
	model, labels        string
	classes, short, long int
	epsilon              float64
	pretrained           pretrained.Flags
	names                []string // of the classes from 1 on
	normalization        imagenet.Normalization
}

// Bind binds them to flags.
func (s *Flags) Bind(f *cli.Flags) {
	f.Group("network")
	f.StringVar(&s.Weights, "weights", "", "`FILE` of the network's tensors")
	s.pretrained.BindKey(f)
	f.StringVar(&s.model, "model", "fasterrcnn_resnet50_fpn", "`NETWORK`: "+strings.Join(networks.Names(), ", ")+", or of this kind on another residual network")
	f.StringVar(&s.labels, "labels", "", "`FILE` of class names without the background, a name a line (default those of the weights, or of COCO for 91 classes)")
	f.IntVar(&s.classes, "classes", 0, "number of classes with the background (0: those of the weights or of -labels, or else 91)")
	f.Float64Var(&s.epsilon, "norm-epsilon", 1e-5, "what the backbone's batch norms add to a variance; 0 for torchvision's weights for COCO of the first versions")
	f.Group("pictures")
	f.IntVar(&s.short, "min-size", 0, "length that the shorter side is brought to before the network sees it (0: that of the weights, or else 800)")
	f.IntVar(&s.long, "max-size", 1333, "the most that the longer side may then have")
}

// Bounds that keep a network within a usual machine's memory.
const (
	maxSide    = 4096
	maxClasses = 10_000
)

// Open finds the network and its classes, and loads the weights.
func (s *Flags) Open(flags *cli.Flags) (*detection.Predictor, error) {
	switch {
	case s.Weights == "":
		return nil, cli.Usagef("say with -weights which file holds the network's tensors")
	case s.short < 0 || s.short > maxSide || s.long < 1 || s.long > maxSide:
		return nil, cli.Usagef("-min-size and -max-size are 1 to %d, not %d and %d", maxSide, s.short, s.long)
	case s.classes < 0 || s.classes == 1 || s.classes > maxClasses:
		return nil, cli.Usagef("-classes is 2 to %d, not %d", maxClasses, s.classes)
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
	if _, err := pretrained.Take(os.Stderr, s.Weights, s.pretrained.Options(), state.LoadFile); err != nil {
		return nil, err
	}
	return p, pretrained.Finite(state, s.Weights)
}

// obey takes from a checkpoint what it says of itself, in place of flags that were not given.
func (s *Flags) obey(flags *cli.Flags) error {
	card, err := training.ReadCard(s.Weights)
	if card == nil || err != nil {
		return err
	}
	given := flags.Given()
	switch task := (detection.Task{}).Name(); {
	case card.Task != task:
		return fmt.Errorf("%s is a checkpoint of the task %s, not of %s", s.Weights, printable.Name(cmp.Or(card.Task, "classification")), task)
	case given["model"] && s.model != card.Model:
		return cli.Usagef("%s holds a %s, not a %s; leave -model out", s.Weights, printable.Name(card.Model), s.model)
	}
	s.model, s.names = card.Model, card.Classes
	if mean, deviation, _, known := preprocess.Channels(card); known {
		s.normalization = imagenet.Normalization{Mean: mean, Deviation: deviation}
		s.short = cmp.Or(s.short, card.Preprocessing.Resize)
	}
	return nil
}

// Classes is how many classes there are with the background, once it is open.
func (s *Flags) Classes() int { return s.classes }

// Name is the name of a class.
func (s *Flags) Name(class int) string {
	if class >= 1 && class <= len(s.names) && s.names[class-1] != "" {
		return s.names[class-1]
	}
	return fmt.Sprint("class ", class)
}
