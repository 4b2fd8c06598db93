package data

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

// Synthetic names the data set that needs no files.
const Synthetic = "synthetic"

// CIFAR says which CIFAR data set is wanted, where it is and how much of it.
type CIFAR struct {
	Dataset    string  `json:"dataset"`
	Data       string  `json:"data"`
	LimitTrain int     `json:"limit_train"`
	LimitTest  int     `json:"limit_test"`
	Augment    Augment `json:"augment"`
}

// Bind binds it to flags; limitTest is the default of -limit-test.
func (c *CIFAR) Bind(f *cli.Flags, limitTest int) {
	f.Group("data")
	f.StringVar(&c.Dataset, "dataset", "cifar10", "`NAME` of the data set: cifar10 or cifar100")
	f.StringVar(&c.Data, "data", "", "`PATH` of the folder or archive of the binary or the Python version, or synthetic; by default the user's cache, downloaded when absent")
	f.IntVar(&c.LimitTrain, "limit-train", 0, "use the first N training images (0: all; synthetic: 10000)")
	f.IntVar(&c.LimitTest, "limit-test", limitTest, "use the first N test images (0: all; synthetic: 2000)")
	c.Augment = Paper
	f.Var(&c.Augment, "augment", "`WAY` in which training images are changed at random: paper (pad by 4, crop, flip) or none")
}

// Check finds what is wrong whatever the files.
func (c *CIFAR) Check() error {
	if err := cmp.Or(cli.NotNegative("limit-train", float64(c.LimitTrain)), cli.NotNegative("limit-test", float64(c.LimitTest))); err != nil {
		return err
	}
	if err := cli.OneOf("dataset", c.Dataset, "cifar10", "cifar100"); err != nil {
		return err
	}
	if c.Data == Synthetic && c.Variant() != cifar.CIFAR10 {
		return cli.Usagef("-data %s has ten classes, as cifar10 has; there is none like %v", Synthetic, c.Variant())
	}
	if near := cli.DidYouMean(c.Data, []string{Synthetic}); c.Data != Synthetic && near != "" {
		if _, err := os.Stat(c.Data); errors.Is(err, fs.ErrNotExist) {
			return cli.Usagef("-data: there is no %q here%s", c.Data, near)
		}
	}
	return cli.OneOf("augment", string(c.Augment), string(Paper), string(None))
}

// Variant is the data set.
func (c *CIFAR) Variant() cifar.Variant {
	v, _ := cifar.ParseVariant(c.Dataset) // Check has looked
	return v
}

// Classes is how many there are.
func (c *CIFAR) Classes() int { return c.Variant().Classes() }

// Augmentation is how training images are changed.
func (c *CIFAR) Augmentation() cifar.Augmentation {
	if c.Augment == None {
		return cifar.Augmentation{}
	}
	return cifar.PaperAugmentation
}

// Open reads the data set, after downloading it where necessary. The seed is that of
// synthetic pictures.
func (c *CIFAR) Open(ctx context.Context, seed uint64) (d *cifar.Dataset, err error) {
	if c.Data == Synthetic {
		return cifar.Synthetic(seed, orDefault(c.LimitTrain, 10000), orDefault(c.LimitTest, 2000)), nil
	}
	path := c.Data
	if path == "" {
		if path, err = download(ctx, c.Variant()); err != nil {
			return nil, err
		}
	}
	if d, err = cifar.Open(path, c.Variant()); err != nil {
		return nil, err
	}
	d.Train = d.Train.Head(orDefault(c.LimitTrain, d.Train.Len()))
	d.Test = d.Test.Head(orDefault(c.LimitTest, d.Test.Len()))
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
			cli.Textf("downloading %v to %s\n", v, dir)
			p = cli.NewProgress(done, total, true)
		}
		p.Set(done)
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
