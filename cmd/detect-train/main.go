package main

import (
	"context"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
)

const about = `Detect-train trains a network to find objects in pictures (Faster R-CNN, Mask R-CNN, RetinaNet), by default with the
recipe of torchvision. Data are annotations in COCO's form, or drawn. Ctrl-C saves; -resume goes on to the same
bits. Detect then draws what it finds.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	w, err := job.Open(command(flags), flags, args, "the whole pictures of the test set")
	if err != nil {
		return err
	}
	s := w.Settings
	if w.Measure != "" {
		if err := s.obey(w.Measure, flags); err != nil {
			return err
		}
	}
	train, test, err := s.sources()
	if err != nil {
		return err
	}
	if w.Measure != "" {
		return s.measure(ctx, test, w.Measure)
	}
	config, err := s.config(train, test)
	if err != nil {
		return err
	}
	return s.Settings.Train(ctx, config, w.Directory, w.Place)
}
