package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/evaluation"
)

// load makes the networks, for pictures of crop x crop or, where that is 0, of their
// usual size, which it returns. It notes the files' checksums or, where they are noted,
// wants the same.
func (s *options) load(set *imagenet.Set, crop int) (networks []evaluation.Network, input int, err error) {
	for i, name := range s.Members {
		model, file, _ := strings.Cut(name, "=")
		named, err := network.Lookup(model, resnet.Options{Classes: len(set.Classes), Input: crop})
		if err != nil {
			return nil, 0, err
		}
		form, ok := named.(resnet.FullyConvolutional)
		if !ok {
			return nil, 0, fmt.Errorf("%s has no fully convolutional form", model)
		}
		if own := named.Info().Input; input == 0 {
			input = own
		} else if own != input {
			return nil, 0, fmt.Errorf("%s is made for pictures of %dx%d and %s for %dx%d; give all one size with -crop", s.Members[0], input, input, name, own, own)
		}
		state := graph.NewState()
		p, err := resnet.NewFullyConvolutionalPredictor(form, state)
		if err != nil {
			return nil, 0, err
		}
		if err := s.Pretrained.Load(os.Stdout, state, file); err != nil {
			return nil, 0, fmt.Errorf("no weights of a %s for the %d classes of %s: %w", model, len(set.Classes), s.Data, err)
		}
		networks = append(networks, evaluation.Network{Name: model, File: file, Predictor: p})
		sum, err := checksum(file)
		if err != nil {
			return nil, 0, err
		}
		if i == len(s.Sums) {
			s.Sums = append(s.Sums, sum)
		} else if s.Sums[i] != sum {
			return nil, 0, fmt.Errorf("%s has changed since the evaluation was begun; start a new one in another -out", file)
		}
	}
	return networks, input, nil
}

func checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
