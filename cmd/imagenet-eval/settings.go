package main

import (
	"context"
	"flag"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/imagenet"
)

// settings are everything that decides an evaluation; config.json holds them.
type settings struct {
	Version    string           `json:"version"`
	Members    members          `json:"weights"`
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
	Pretrained pretrained.Flags `json:"pretrained"`
}

func (s *settings) flags(f *flag.FlagSet) {
	f.Var(&s.Members, "weights", "`MODEL=FILE`: a network that summary -all lists and the file of its tensors; again for each network of an ensemble")
	f.StringVar(&s.Data, "data", "", "pictures: a folder of class folders; with -truth, a folder of pictures; or a table with the columns path and label")
	f.StringVar(&s.Truth, "truth", "", "file with the label of every picture in -data, for a folder without classes")
	f.StringVar(&s.Synsets, "synsets", "", "the same as -labels, in the order of the numbers in -truth where they count from 1 in an order of their own, as the development kit's do")
	f.StringVar(&s.Labels, "labels", "", "classes in the order of the network's outputs, by WordNet id or else by name, as -data calls them: a line each (LOC_synset_mapping.txt),\n"+
		"a table with columns index and wnid or name, or ImageNet's JSON class index (by default the folders or labels that occur, sorted)")
	f.BoolVar(&s.Relist, "relist", false, data.RelistUsage)
	f.StringVar(&s.Protocol, "protocol", oneCrop, "1-crop (the middle), 10-crop (corners and middle, flipped) or multi-scale (whole pictures of several sizes, flipped; fully convolutional)")
	f.StringVar(&s.Sides, "sides", "224,256,384,480,640", "shorter sides of the pictures, for multi-scale")
	f.StringVar(&s.Average, "average", logits, "what is averaged over crops, sizes, flips and networks: logits or probabilities; over the places of one picture it is logits")
	f.IntVar(&s.Batch, "batch", 32, "crops that go through a network at once")
	s.Pictures.Bind(f)
	s.Pretrained.Bind(f)
}

// Values of -protocol and -average.
const (
	oneCrop, tenCrop, multiScale = "1-crop", "10-crop", "multi-scale"
	logits, probabilities        = "logits", "probabilities"
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
func (s *settings) check() error {
	switch {
	case len(s.Members) == 0:
		return cli.Usagef("say with -weights MODEL=FILE which network it is and which file holds its tensors")
	case s.Data == "":
		return cli.Usagef("say with -data where the pictures are")
	case s.Truth != "" && s.Labels == "":
		return cli.Usagef("-truth needs the names of the classes: -labels")
	case s.Synsets != "" && s.Truth == "":
		return cli.Usagef("-synsets belongs to a -truth")
	case s.Average != logits && s.Average != probabilities:
		return cli.Usagef("-average is logits or probabilities, not %q", s.Average)
	case s.Batch < 1:
		return cli.Usagef("-batch is at least 1, not %d", s.Batch)
	}
	for _, m := range s.Members {
		if model, file, _ := strings.Cut(m, "="); model == "" || file == "" {
			return cli.Usagef("-weights is MODEL=FILE, such as resnet50=resnet50.pth, not %q", m)
		}
	}
	p, err := s.Pictures.Parse()
	if err != nil {
		return err
	}
	_, _, err = s.protocol(p)
	return err
}

// protocol says how pictures are shown, and how many at a time.
func (s *settings) protocol(p imagenet.Preprocessing) (protocol imagenet.Protocol, together int, err error) {
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
	return nil, 0, cli.Usagef("-protocol is %s, %s or %s, not %q", oneCrop, tenCrop, multiScale, s.Protocol)
}

// set lists the pictures.
func (s *settings) set(ctx context.Context) (*imagenet.Set, error) {
	var classes []string
	if s.Labels != "" {
		var err error
		if classes, err = imagenet.ReadSynsets(s.Labels); err != nil {
			return nil, err
		}
	}
	return data.Pictures{Path: s.Data, Truth: s.Truth, Synsets: s.Synsets, Relist: s.Relist}.Open(ctx, classes)
}

// names tells the classes apart for people: by their names too, where -labels has
// ids and names.
func (s *settings) names(set *imagenet.Set) ([]string, error) {
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

// agree checks the flags given on resuming; the data may have moved.
func (s *settings) agree(given *flag.FlagSet) error {
	return cli.Agree(s, (*settings).flags, given, "data", "relist")
}

// directory is where the outcome goes that was not told where.
func (s *settings) directory() string {
	model, _, _ := strings.Cut(s.Members[0], "=")
	return filepath.Join("runs", model+"-"+s.Protocol+"-"+time.Now().Format("20060102-150405"))
}
