package main

import (
	"slices"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
)

// obey takes from a checkpoint what it says of itself, in place of flags that were not
// given: the network, its classes and how pictures are prepared for it. A flag that says
// otherwise is an error, but for the size of pictures, which may differ from that in
// training. Files that say nothing change nothing.
func (s *settings) obey(flags *cli.Flags) error {
	card, err := training.ReadCard(s.weights)
	if card == nil || err != nil {
		return err
	}
	if err := s.Obey(s.weights, card.Model, flags); err != nil {
		return err
	}
	given := flags.Given()
	if n := len(card.Classes); n > 0 {
		if given["classes"] && s.classes != n {
			return cli.Usagef("%s is for %d classes, not %d; leave -classes out", s.weights, n, s.classes)
		}
		s.classes = n
		if s.labels == "" {
			s.names = card.Classes
		}
	}
	if len(card.Shape) == 3 && !given["crop"] {
		s.preprocessing.Crop = card.Shape[0]
	}
	p := card.Preprocessing
	if p == nil || len(card.Shape) != 3 || card.Shape[2] != 3 {
		return nil
	}
	if !given["resize"] && !given["crop"] {
		s.preprocessing.Resize = p.Resize
	}
	if p.Interpolation != "" && !given["interpolation"] {
		if s.preprocessing.Interpolation, err = imagenet.ParseInterpolation(p.Interpolation); err != nil {
			return err
		}
	}
	mean, deviation := [3]float32{}, [3]float32{1, 1, 1}
	copy(deviation[:], p.Deviation)
	if len(p.Mean) <= len(mean) {
		copy(mean[:], p.Mean)
	}
	asked := s.preprocessing
	if given["mean"] && (asked.Mean != mean || len(p.Mean) > len(mean)) || given["std"] && asked.Deviation != deviation {
		return cli.Usagef("%s was trained with other means and deviations than -mean and -std say; leave them out", s.weights)
	}
	s.preprocessing.Mean, s.preprocessing.Deviation = mean, deviation
	if len(p.Mean) > len(mean) {
		if s.preprocessing.Crop != card.Shape[0] {
			return cli.Usagef("%s takes pictures of %dx%d alone, since its mean is a picture; leave -crop out", s.weights, card.Shape[0], card.Shape[1])
		}
		s.meanImage = slices.Clone(p.Mean)
		for i := range s.meanImage {
			s.meanImage[i] /= deviation[i%3]
		}
	}
	return nil
}
