package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/scoring"
)

// ensemble is one network or several, whose scores are averaged.
type ensemble struct {
	names         []string // MODEL=FILE
	members       []*resnet.FullyConvolutionalPredictor
	input         int  // height and width of the pictures that all are made for
	probabilities bool // are averaged, not logits
}

// load makes the networks, for pictures of crop x crop or, where that is 0, of
// their usual size. It notes the files' checksums or, where they are noted, wants
// the same.
func (s *options) load(set *imagenet.Set, crop int) (*ensemble, error) {
	e := &ensemble{names: s.Members, probabilities: s.Average == probabilities}
	for i, name := range s.Members {
		model, file, _ := strings.Cut(name, "=")
		named, err := network.Lookup(model, resnet.Options{Classes: len(set.Classes), Input: crop})
		if err != nil {
			return nil, err
		}
		dense, ok := named.(resnet.FullyConvolutional)
		if !ok {
			return nil, fmt.Errorf("%s has no fully convolutional form", model)
		}
		if input := named.Info().Input; e.input == 0 {
			e.input = input
		} else if input != e.input {
			return nil, fmt.Errorf("%s is made for pictures of %dx%d and %s for %dx%d; give all one size with -crop", s.Members[0], e.input, e.input, name, input, input)
		}
		state := graph.NewState()
		p, err := resnet.NewFullyConvolutionalPredictor(dense, state)
		if err != nil {
			return nil, err
		}
		if err := s.Pretrained.Load(os.Stdout, state, file); err != nil {
			return nil, fmt.Errorf("no weights of a %s for the %d classes of %s: %w", model, len(set.Classes), s.Data, err)
		}
		e.members = append(e.members, p)
		sum, err := checksum(file)
		if err != nil {
			return nil, err
		}
		if i == len(s.Sums) {
			s.Sums = append(s.Sums, sum)
		} else if s.Sums[i] != sum {
			return nil, fmt.Errorf("%s has changed since the evaluation was begun; start a new one in another -out", file)
		}
	}
	return e, nil
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

// view is a view of one of several pictures.
type view struct {
	picture int
	imagenet.View
}

// scores returns those of each picture [Classes]: the mean of all networks and all
// of its views. Views of one shape go through a network together.
func (e *ensemble) scores(ctx context.Context, pictures [][]imagenet.View) ([][]float32, error) {
	all := make([][][]float32, len(pictures)) // of each picture, to be averaged
	for _, views := range byShape(pictures) {
		var images []float32
		for _, v := range views {
			images = append(images, v.Pixels...)
		}
		for i, member := range e.members {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			answer, err := member.Predict(ctx, images, views[0].Height, views[0].Width)
			if err != nil {
				return nil, err
			}
			classes := len(answer) / len(views)
			for j, v := range views {
				scores := answer[j*classes : (j+1)*classes]
				if err := finite(scores); err != nil {
					return nil, fmt.Errorf("%s: %w", e.names[i], err)
				}
				if e.probabilities {
					scores = scoring.Probabilities(scores)
				}
				all[v.picture] = append(all[v.picture], scores)
			}
		}
	}
	means := make([][]float32, len(pictures))
	for i, scores := range all {
		var err error
		if means[i], err = scoring.Average(scores...); err != nil {
			return nil, err
		}
	}
	return means, nil
}

// byShape puts views of the same height and width together.
func byShape(pictures [][]imagenet.View) (groups [][]view) {
	of := map[[2]int]int{}
	for i, views := range pictures {
		for _, v := range views {
			shape := [2]int{v.Height, v.Width}
			at, known := of[shape]
			if !known {
				at = len(groups)
				of[shape] = at
				groups = append(groups, nil)
			}
			groups[at] = append(groups[at], view{i, v})
		}
	}
	return groups
}

func finite(scores []float32) error {
	for i, x := range scores {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("the network answers %v for class %d; these weights are damaged or of another model", x, i)
		}
	}
	return nil
}
