package main

import (
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/imagenet"
)

// carded is what a checkpoint to be measured says of itself.
type carded struct {
	classes       []string // in label order, nil where it does not say
	preprocessing imagenet.Preprocessing
	pixels        []float32 // see preprocess.Obey
}

// obey takes from a checkpoint that is to be measured what it says of itself, in place
// of flags that were not given: the network, its classes and how pictures are prepared
// for it. A flag that says otherwise is an error, but for the size of pictures. Files
// that say nothing change nothing.
func (s *options) obey(weights string, flags *cli.Flags) error {
	card, err := s.Obey(weights, flags)
	if card == nil || err != nil {
		return err
	}
	p, err := s.Parse()
	if err != nil {
		return err
	}
	c := &carded{classes: card.Classes}
	if c.preprocessing, c.pixels, err = preprocess.Obey(p, weights, card, flags); err != nil {
		return err
	}
	s.card = c
	return nil
}

// prepared is how pictures are to be prepared. Resize and Crop may be left open: see
// preprocess.Settle.
func (s *options) prepared() (p imagenet.Preprocessing, pixels []float32, err error) {
	if s.card != nil {
		return s.card.preprocessing, s.card.pixels, nil
	}
	p, err = s.Parse()
	return p, nil, err
}
