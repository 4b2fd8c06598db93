package data

import (
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// Scenes are drawn pictures of that side, so many to learn and so many to measure on.
func Scenes(seed uint64, side, train, test int) (learnt, measured *annotations.Set, err error) {
	scenes := annotations.Scenes{Seed: seed, Pictures: train, Size: annotations.Size{Height: side, Width: side}}
	if learnt, err = annotations.Synthetic(scenes); err != nil {
		return nil, nil, err
	}
	scenes.Part, scenes.Pictures = 1, test
	measured, err = annotations.Synthetic(scenes)
	return learnt, measured, err
}

// Limit tells what is odd about a set, and leaves its first pictures: all for 0.
func Limit(set *annotations.Set, limit int) {
	for _, warning := range set.Warnings {
		cli.Warnf("%s", warning)
	}
	if limit > 0 && limit < set.Len() {
		set.Pictures = set.Pictures[:limit]
	}
}
