package main

import (
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
)

// obey takes from a checkpoint what it says of itself, in place of flags that were not
// given: the network, its classes and how pictures are prepared for it. A flag that says
// otherwise is an error, but for the size of pictures, which may differ from that in
// training. Files that say nothing change nothing.
func (s *settings) obey(flags *cli.Flags) error {
	card, err := s.Obey(s.weights, flags)
	if card == nil || err != nil {
		return err
	}
	if n := len(card.Classes); n > 0 {
		if flags.Given()["classes"] && s.classes != n {
			return cli.Usagef("%s is for %d classes, not %d; leave -classes out", s.weights, n, s.classes)
		}
		s.classes = n
		if s.labels == "" {
			s.names = card.Classes
		}
	}
	var pixels []float32
	if s.preprocessing, pixels, err = preprocess.Obey(s.preprocessing, s.weights, card, flags); err != nil {
		return err
	}
	for i, m := range pixels {
		s.meanImage = append(s.meanImage, m/s.preprocessing.Deviation[i%3])
	}
	return nil
}
