package experiment

import "github.com/gorgonet/gorgonet/training"

// head is the first n examples of a data set, or all if there are fewer.
type head struct {
	training.Dataset
	n int
}

// Len implements training.Dataset.
func (h head) Len() int { return min(h.n, h.Dataset.Len()) }
