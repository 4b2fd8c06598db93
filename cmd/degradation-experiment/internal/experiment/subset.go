package experiment

import (
	"context"

	"github.com/gorgonet/gorgonet/training"
)

// head is the first n examples of a data set, or all if there are fewer.
type head struct {
	training.Dataset
	n int
}

// Len implements training.Dataset.
func (h head) Len() int { return min(h.n, h.Dataset.Len()) }

// first reads all of them as one batch.
func (h head) first(ctx context.Context) (batch training.Batch, err error) {
	pass, err := training.NewPass(h, h.Len())
	if err != nil {
		return batch, err
	}
	defer pass.Close()
	return pass.Next(ctx)
}
