package main

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
)

// pictures says what is learnt.
type pictures struct {
	Dataset    string `json:"dataset"`
	Data       string `json:"data"`
	Size       int    `json:"size"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
	Flip       bool   `json:"flip"`
}

// folder is the value of -dataset for pictures of one's own.
const folder = "folder"

// interpolation is how those are resized; keep is of how many one is kept to measure on.
const (
	interpolation = imagenet.Bilinear
	keep          = 20
)

func (p *pictures) bind(f *cli.Flags) {
	f.Group("data")
	f.StringVar(&p.Dataset, "dataset", "cifar10", "`NAME` of the data set: cifar10, cifar100, or folder for all pictures in -data and the folders under it, "+
		"of which every 20th is kept to measure on (so by default where -data holds such pictures)")
	f.StringVar(&p.Data, "data", "", "`PATH` of the folder or archive, or synthetic; by default CIFAR in the user's cache, downloaded when absent")
	f.IntVar(&p.Size, "size", cifar.Side, "height and width of the pictures: those of a folder are resized and the middle is cut out; CIFAR's are 32")
	f.IntVar(&p.LimitTrain, "limit-train", 0, "use the first N training images (0: all; synthetic: 10000)")
	f.IntVar(&p.LimitTest, "limit-test", 1000, "use the first N test images (0: all)")
	f.BoolVar(&p.Flip, "flip", true, "mirror training images left and right every second time")
}

// cifar is the same for CIFAR.
func (p *pictures) cifar() *data.CIFAR {
	return &data.CIFAR{Dataset: p.Dataset, Data: p.Data, LimitTrain: p.LimitTrain, LimitTest: p.LimitTest, Augment: data.None}
}

// check finds what is wrong whatever the files.
func (p *pictures) check() error {
	if err := cli.OneOf("dataset", p.Dataset, "cifar10", "cifar100", folder); err != nil {
		return err
	}
	if p.Dataset == "cifar10" && holdsPictures(p.Data) {
		p.Dataset = folder
	}
	if p.Dataset != folder {
		if p.Size != cifar.Side {
			return cli.Usagef("-size %d: pictures of %s are of %d; others are for a -data of pictures of your own", p.Size, p.Dataset, cifar.Side)
		}
		return p.cifar().Check()
	}
	if p.Data == "" {
		return cli.Usagef("say with -data which folder the pictures are in")
	}
	if p.Size < 4 || p.Size > 512 {
		return cli.Usagef("-size is 4 to 512, not %d", p.Size)
	}
	return cmp.Or(cli.NotNegative("limit-train", float64(p.LimitTrain)), cli.NotNegative("limit-test", float64(p.LimitTest)))
}

// holdsPictures tells whether a folder has a picture in it, or in a folder of it.
func holdsPictures(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	found := false
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if found = err == nil && !e.IsDir() && imagenet.IsPicture(e.Name()); found {
			return fs.SkipAll
		}
		return nil // a folder that cannot be read is told of when it is listed
	})
	return found
}

// data gets the pictures to learn and those to measure on, in [-1, 1].
func (s *options) data(ctx context.Context) (train, test training.Dataset, err error) {
	if s.Dataset == folder {
		return s.folder(ctx)
	}
	d, err := s.cifar().Open(ctx, s.Seed)
	if err != nil {
		return nil, nil, err
	}
	half := [cifar.Channels]float32{0.5, 0.5, 0.5}
	n := cifar.PerChannel(half, half)
	return cifar.Examples{Set: d.Train, Normalization: n, Augmentation: cifar.Augmentation{Flip: s.Flip}}, cifar.Examples{Set: d.Test, Normalization: n}, nil
}

// folder is data for pictures of one's own.
func (s *options) folder(ctx context.Context) (train, test training.Dataset, err error) {
	all, err := imagenet.OpenUnlabelled(ctx, s.Data, slog.Default())
	if err != nil {
		return nil, nil, err
	}
	learnt, measured := *all, *all
	learnt.Files, measured.Files = nil, nil
	for i, f := range all.Files {
		if i%keep == 0 && len(all.Files) > 1 {
			measured.Files = append(measured.Files, f)
		} else {
			learnt.Files = append(learnt.Files, f)
		}
	}
	if len(all.Files) == 1 {
		measured.Files = learnt.Files
	}
	for _, part := range []struct {
		set   *imagenet.Set
		limit int
	}{{&learnt, s.LimitTrain}, {&measured, s.LimitTest}} {
		if part.limit > 0 {
			part.set.Files = part.set.Files[:min(part.limit, len(part.set.Files))]
		}
	}
	half := [3]float32{0.5, 0.5, 0.5}
	plain := imagenet.Preprocessing{Resize: s.Size, Crop: s.Size, Interpolation: interpolation, Mean: half, Deviation: half}.Pipeline()
	changed := plain
	if s.Flip {
		changed.Transforms = append(changed.Transforms[:len(plain.Transforms):len(plain.Transforms)], imagenet.RandomFlip{})
	}
	return &imagenet.Examples{Set: &learnt, Train: changed, Test: plain, Log: slog.Default()}, &imagenet.Examples{Set: &measured, Test: plain, Log: slog.Default()}, nil
}
