package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training/evaluation"
)

// options are everything that decides an evaluation; config.json holds them.
type options struct {
	Members    members          `json:"weights"`
	Pretrained pretrained.Flags `json:"pretrained"`
	Sums       []string         `json:"sha256"` // of the weights files
	Data       string           `json:"data"`
	Truth      string           `json:"truth"`
	Synsets    string           `json:"synsets"`
	Relist     bool             `json:"-"`
	Labels     string           `json:"labels"`
	Protocol   string           `json:"protocol"`
	Sides      string           `json:"sides"`
	Average    string           `json:"average"`
	Batch      int              `json:"batch"`
	Pictures   preprocess.Flags `json:"preprocessing"`
}

func (s *options) bind(f *cli.Flags) {
	f.Group("data")
	f.StringVar(&s.Data, "data", "", "pictures: `FOLDER` of class folders; with -truth, a folder of pictures; or a table with the columns path and label")
	f.StringVar(&s.Truth, "truth", "", "`FILE` with the label of every picture in -data, for a folder without classes")
	f.StringVar(&s.Synsets, "synsets", "", "`FILE` with the same as -labels, in the order of the numbers in -truth where they count from 1 in an order of their own, as the development kit's do")
	f.StringVar(&s.Labels, "labels", "", "`FILE` with the classes in the order of the network's outputs, by WordNet id or else by name, as -data calls them: a line each (LOC_synset_mapping.txt), "+
		"a table with columns index and wnid or name, or ImageNet's JSON class index (by default the folders or labels that occur, sorted)")
	f.BoolVar(&s.Relist, "relist", false, data.RelistUsage)
	s.Pictures.Bind(f)
	f.Group("networks")
	f.Var(&s.Members, "weights", "`MODEL=FILE`: a network that summary -all lists and the file of its tensors, of which a checkpoint of this project's needs no MODEL; again for each network of an ensemble")
	s.Pretrained.Bind(f)
	f.Group("measurement")
	f.StringVar(&s.Protocol, "protocol", oneCrop, "`WAY` of showing a picture: 1-crop (the middle), 10-crop (corners and middle, flipped) or multi-scale (whole pictures of several sizes, flipped; fully convolutional)")
	f.StringVar(&s.Sides, "sides", usualSides, "`LENGTHS` of the pictures' shorter sides, for multi-scale")
	f.StringVar(&s.Average, "average", logits, "`WHAT` is averaged over crops, sizes, flips and networks: logits or probabilities; over the places of one picture it is logits")
	f.IntVar(&s.Batch, "batch", 32, "crops that go through a network at once")
}

func command() settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "evaluation", Bind: (*options).bind, Usual: (*options).usual, Check: (*options).check,
		Name: func(s *options) string {
			model, _, _ := strings.Cut(s.Members[0], "=")
			return model + "-" + s.Protocol
		},
		Free: []string{"data", "relist"}, // it may have moved
	}
}

// Values of -protocol and -average.
const (
	oneCrop, tenCrop, multiScale = "1-crop", "10-crop", "multi-scale"
	logits, probabilities        = string(evaluation.Logits), string(evaluation.Probabilities)
	usualSides                   = "224,256,384,480,640"
)

// members are the networks of an ensemble, MODEL=FILE each.
type members []string

// String implements flag.Value.
func (m *members) String() string { return strings.Join(*m, " ") }

// Set implements flag.Value.
func (m *members) Set(text string) error {
	*m = append(*m, text)
	return nil
}

// check finds what is wrong whatever the data.
func (s *options) check(fresh bool) error {
	switch {
	case len(s.Members) == 0:
		return cli.Usagef("say with -weights MODEL=FILE which network it is and which file holds its tensors")
	case s.Data == "":
		return cli.Usagef("say with -data where the pictures are")
	case s.Truth != "" && s.Labels == "":
		return cli.Usagef("-truth needs the names of the classes: -labels")
	case s.Synsets != "" && s.Truth == "":
		return cli.Usagef("-synsets belongs to a -truth")
	case fresh && s.Sides != "" && s.Sides != usualSides && s.Protocol != multiScale: // older evaluations have them
		return cli.Usagef("-sides belongs to -protocol %s", multiScale)
	case s.Batch < 1:
		return cli.Usagef("-batch is at least 1, not %d", s.Batch)
	}
	if err := cli.OneOf("average", s.Average, logits, probabilities); err != nil {
		return err
	}
	p, err := s.Pictures.Parse()
	if err != nil {
		return err
	}
	for i := range s.Members {
		if err := s.member(i, p, fresh); err != nil {
			return err
		}
	}
	_, _, err = s.protocol(p)
	return err
}

// evaluation gets what the settings name. What can be wrong in them is found before
// anything is written.
func (s *options) evaluation(ctx context.Context) (c evaluation.Config, err error) {
	set, err := s.set(ctx)
	if err != nil {
		return c, err
	}
	p, err := s.Pictures.Parse()
	if err != nil {
		return c, err
	}
	networks, input, err := s.load(set, p.Crop)
	if err != nil {
		return c, err
	}
	if p, err = preprocess.Settle(p, input); err != nil {
		return c, err
	}
	c = evaluation.Config{
		Networks: networks, Average: evaluation.Average(s.Average), Examples: &imagenet.Examples{Set: set}, Data: s.Data,
		OnSkip: func(err error) { cli.Warnf("a picture is skipped: %s", cli.Message(err)) },
	}
	if c.Protocol, c.Together, err = s.protocol(p); err != nil {
		return c, err
	}
	c.Classes, err = s.names(set)
	return c, err
}

// protocol says how pictures are shown, and how many at a time.
func (s *options) protocol(p imagenet.Preprocessing) (protocol imagenet.Protocol, together int, err error) {
	switch s.Protocol {
	case oneCrop:
		return p, s.Batch, nil
	case tenCrop:
		return imagenet.TenCropTest{Preprocessing: p}, max(s.Batch/10, 1), nil
	case multiScale:
		t := imagenet.FullTest{Flip: true, Interpolation: p.Interpolation, Normalization: imagenet.Normalization{Mean: p.Mean, Deviation: p.Deviation}}
		for _, text := range strings.Split(s.Sides, ",") {
			side, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || side < max(p.Crop, 1) || side > preprocess.MaxSide {
				return nil, 0, cli.Usagef("-sides are lengths such as 224,256 from %d, which the network is made for, to %d, not %q", max(p.Crop, 1), preprocess.MaxSide, s.Sides)
			}
			t.Sides = append(t.Sides, side)
		}
		return t, 1, nil
	}
	return nil, 0, cli.OneOf("protocol", s.Protocol, oneCrop, tenCrop, multiScale)
}

// set lists the pictures. Without -labels a checkpoint's classes are the network's.
func (s *options) set(ctx context.Context) (*imagenet.Set, error) {
	var classes []string
	if s.Labels != "" {
		var err error
		if classes, err = imagenet.ReadSynsets(s.Labels); err != nil {
			return nil, err
		}
	} else if card := cardOf(s.Members[0]); card != nil {
		classes = card.Classes
	}
	return data.Pictures{Path: s.Data, Truth: s.Truth, Synsets: s.Synsets, Relist: s.Relist}.Open(ctx, classes)
}

// names tells the classes apart for people: by their names too, where -labels has
// ids and names.
func (s *options) names(set *imagenet.Set) ([]string, error) {
	if s.Labels == "" {
		return set.Classes, nil
	}
	names, err := imagenet.ReadLabels(s.Labels, len(set.Classes))
	if err != nil {
		return nil, err
	}
	for i, id := range set.Classes {
		if !strings.HasPrefix(names[i], id) {
			names[i] = id + " " + names[i]
		}
	}
	return names, nil
}
