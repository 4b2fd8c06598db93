package main

import (
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

// obey takes from a checkpoint that is to be measured what it says of itself, in place
// of flags that were not given. One that was and says otherwise is an error. Files
// that say nothing change nothing.
func (s *options) obey(weights string, flags *cli.Flags) error {
	card, err := s.Obey(weights, flags)
	if card == nil || err != nil {
		return err
	}
	given := flags.Given()
	for _, v := range []cifar.Variant{cifar.CIFAR10, cifar.CIFAR100} {
		if v.Classes() != len(card.Classes) {
			continue
		}
		if given["dataset"] && s.Dataset != v.String() {
			return cli.Usagef("%s is for the %d classes of %v, not for %s; leave -dataset out", weights, v.Classes(), v, s.Dataset)
		}
		s.Dataset = v.String()
	}
	if len(card.Shape) == 3 {
		size := card.Shape[0]
		if given["size"] && s.Size != size {
			return cli.Usagef("%s is for pictures enlarged to %d, not to %d; leave -size out", weights, size, s.Size)
		}
		s.Size = size
	}
	s.card, s.contradict = card, given["normalize"]
	return nil
}

// measured is the normalisation that the checkpoint to be measured was trained with,
// nil where it does not say. The one that the flags ask for must be the same.
func (s *options) measured(asked cifar.Normalization) (*cifar.Normalization, error) {
	if s.card == nil || s.card.Preprocessing == nil {
		return nil, nil
	}
	p := s.card.Preprocessing
	mean, deviation := asked.Values()
	if s.contradict && !p.Equal(&training.Preprocessing{Resize: p.Resize, Interpolation: p.Interpolation, Mean: mean, Deviation: deviation}) {
		return nil, cli.Usagef("the weights were trained with another normalisation than -normalize %s makes; leave the flag out", s.Normalize)
	}
	n, err := cifar.NormalizationOf(p.Mean, p.Deviation)
	return &n, err
}
