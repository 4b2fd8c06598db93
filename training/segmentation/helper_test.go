package segmentation_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
	"gorgonia.org/gorgonia"
)

type (
	graphBuilder = graph.Builder
	node         = gorgonia.Node
)

// example is example i of the data set, read as a loader reads it: in training, a batch of
// a stream from rng's number on.
func example(t *testing.T, e *segmentation.Examples, i int, rng *rand.Rand) (picture []float32, mask []int32) {
	t.Helper()
	one := single{e, i, rng}
	l, err := training.NewPass(one, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Workers, l.Fields = 1, e.Fields()
	b, err := l.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), b.Images...), append([]int32(nil), b.Fields.Ints(segmentation.MaskField)...)
}

// single is one example, with random numbers of its own.
type single struct {
	*segmentation.Examples
	i   int
	rng *rand.Rand
}

func (single) Len() int { return 1 }

func (s single) ExampleFields(_ int, _ *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	return s.Examples.ExampleFields(s.i, s.rng, dst, to)
}
