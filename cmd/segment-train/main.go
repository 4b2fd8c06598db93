package main

import (
	"context"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
)

const about = `Segment-train trains a network to say what every pixel of a picture belongs to (FCN, DeepLabV3), by default with
the recipe of torchvision: crops of 480 of pictures whose shorter side is 260 to 1040, batch 8, learning
rate 0.01 falling by a power, an auxiliary head. Data are Pascal VOC, COCO, folders of pictures and masks,
or drawn. Ctrl-C saves; -resume goes on to the same bits. Segment then paints pictures by what was learnt.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	w, err := job.Open(command(flags), flags, args, "the whole pictures of the data set")
	if err != nil {
		return err
	}
	s := w.Settings
	if w.Measure != "" {
		if err := s.obey(w.Measure, flags); err != nil {
			return err
		}
	}
	train, val, err := s.sources(ctx)
	if err != nil {
		return err
	}
	if w.Measure != "" {
		return s.measure(ctx, val, w.Measure, w.Keep)
	}
	config, err := s.config(train, val)
	if err != nil {
		return err
	}
	return s.Settings.Train(ctx, config, w.Directory, w.Place)
}
