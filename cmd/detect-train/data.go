package main

import (
	"cmp"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/data"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// pictures say where the pictures with objects are.
type pictures struct {
	Data         string `json:"data"`
	Pictures     string `json:"pictures"`
	Test         string `json:"test"`
	TestPictures string `json:"test_pictures"`
	LimitTrain   int    `json:"limit_train"`
	LimitTest    int    `json:"limit_test"`
	Side         int    `json:"synthetic_size"`
}

// picturesFree are its flags that may differ when a run goes on: the data may have moved.
var picturesFree = []string{"data", "pictures", "test", "test-pictures"}

func (p *pictures) bind(f *cli.Flags) {
	f.StringVar(&p.Data, "data", "", "`FILE` of annotations in COCO's form to learn; or synthetic, for drawn shapes")
	f.StringVar(&p.Pictures, "pictures", "", "`DIR` of their pictures (default that of -data)")
	f.StringVar(&p.Test, "test", "", "`FILE` of annotations to measure on (default those of -data)")
	f.StringVar(&p.TestPictures, "test-pictures", "", "`DIR` of their pictures (default that of -test)")
	f.IntVar(&p.LimitTrain, "limit-train", 0, "use the first N training pictures (0: all; synthetic: 4000)")
	f.IntVar(&p.LimitTest, "limit-test", 0, "measure on the first N pictures (0: all; synthetic: 200)")
	f.IntVar(&p.Side, "synthetic-size", 128, "height and width of drawn pictures")
}

func (p *pictures) check() error {
	switch {
	case p.Data == "":
		return cli.Usagef("say with -data which file has the annotations, or -data synthetic")
	case p.Side < 16 || p.Side > maxSide:
		return cli.Usagef("-synthetic-size is 16 to %d, not %d", maxSide, p.Side)
	}
	return cmp.Or(cli.NotNegative("limit-train", float64(p.LimitTrain)), cli.NotNegative("limit-test", float64(p.LimitTest)))
}

// open finds the pictures to learn and those to measure on. The seed is of drawn ones.
func (p *pictures) open(seed uint64) (train, test *annotations.Set, err error) {
	if p.Data == data.Synthetic {
		return data.Scenes(seed, p.Side, cmp.Or(p.LimitTrain, 4000), cmp.Or(p.LimitTest, 200))
	}
	if train, err = read(p.Data, p.Pictures, p.LimitTrain); err != nil {
		return nil, nil, err
	}
	file, folder := p.Test, p.TestPictures
	if file == "" {
		file, folder = p.Data, cmp.Or(folder, p.Pictures)
	}
	test, err = read(file, folder, p.LimitTest)
	return train, test, err
}

// read reads a file of annotations.
func read(file, folder string, limit int) (*annotations.Set, error) {
	set, err := annotations.OpenCOCO(file, cmp.Or(folder, filepath.Dir(file)))
	if err != nil {
		return nil, err
	}
	data.Limit(set, limit)
	return set, nil
}
