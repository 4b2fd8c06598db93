package job

import (
	"iter"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

// balanced is the value of -class-weights that lets all classes count the same.
const balanced = "balanced"

// weights reads -class-weights; of balanced ones and of none it reads nothing.
func (s *Settings) weights() (weights []float32, err error) {
	if s.ClassWeights == "" || s.ClassWeights == balanced {
		return nil, nil
	}
	some := false
	for _, text := range strings.Split(s.ClassWeights, ",") {
		w, err := strconv.ParseFloat(text, 32)
		if err != nil || !(w >= 0) {
			return nil, cli.Usagef("-class-weights are balanced, or numbers of 0 or more such as 1,0.5,2, one for each class, not %q", s.ClassWeights)
		}
		some = some || w > 0
		weights = append(weights, float32(w))
	}
	if !some {
		return nil, cli.Usagef("-class-weights %s: no class counts", s.ClassWeights)
	}
	return weights, nil
}

// Weigh has so many classes, of which the training examples have these labels, weigh
// what the flag says.
func (s *Settings) Weigh(c *training.Config, classes int, labels iter.Seq[int32]) error {
	weights, err := s.WeightsOf(classes, func() ([]int, error) {
		counts := make([]int, classes)
		for l := range labels {
			counts[l]++
		}
		return counts, nil
	})
	if weights != nil {
		c.Task = training.Classification{Weights: weights}
	}
	return err
}

// WeightsOf are what the flag says that so many classes weigh, of which counts, called for
// balanced ones, tells how often each is there; nil where the flag is not given.
func (s *Settings) WeightsOf(classes int, counts func() ([]int, error)) ([]float32, error) {
	weights, err := s.weights()
	switch {
	case err != nil || s.ClassWeights == "":
		return nil, err
	case s.ClassWeights == balanced:
		n, err := counts()
		if err != nil {
			return nil, err
		}
		return training.Balanced(n), nil
	case len(weights) != classes:
		return nil, cli.Usagef("-class-weights are one for each of %d classes, not %d", classes, len(weights))
	}
	return weights, nil
}
