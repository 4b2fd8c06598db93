// Package data gets the data sets that commands train on.
package data

import (
	"context"
	"fmt"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

// Synthetic names the data set that needs no files.
const Synthetic = "synthetic"

// Usage describes the flag that says where the data are.
const Usage = "folder or archive of the binary or the Python version, or synthetic; by default the user's cache, downloaded when absent"

// Source says where a data set is and how much of it is wanted.
type Source struct {
	Path        string // as Usage has it
	Variant     cifar.Variant
	Seed        uint64 // of synthetic pictures
	Train, Test int    // the first pictures of each part; 0 means all, of synthetic ones 10000 and 2000
}

// Check refuses what no data set is: synthetic pictures are of ten classes.
func (s Source) Check() error {
	if s.Path == Synthetic && s.Variant != cifar.CIFAR10 {
		return cli.Usagef("-data %s has ten classes, as cifar10 has; there is none like %v", Synthetic, s.Variant)
	}
	return nil
}

// Open reads the data set, after downloading it where necessary.
func Open(ctx context.Context, s Source) (d *cifar.Dataset, err error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if s.Path == Synthetic {
		return cifar.Synthetic(s.Seed, orDefault(s.Train, 10000), orDefault(s.Test, 2000)), nil
	}
	if s.Path == "" {
		if s.Path, err = download(ctx, s.Variant); err != nil {
			return nil, err
		}
	}
	if d, err = cifar.Open(s.Path, s.Variant); err != nil {
		return nil, err
	}
	d.Train = d.Train.Head(orDefault(s.Train, d.Train.Len()))
	d.Test = d.Test.Head(orDefault(s.Test, d.Test.Len()))
	return d, nil
}

func download(ctx context.Context, v cifar.Variant) (string, error) {
	dir, err := cifar.CacheDir()
	if err != nil {
		return "", err
	}
	var p *cli.Progress
	path, err := cifar.Download(ctx, v, dir, func(done, total int64) {
		if p == nil {
			fmt.Printf("downloading %v to %s\n", v, dir)
			p = cli.NewProgress(done, total, true)
		}
		p.Set(done, "")
	})
	if p != nil {
		p.Close()
	}
	return path, err
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
