package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// Masks says where pictures with masks are.
type Masks struct {
	Data       string `json:"data"`
	Labels     string `json:"labels"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
}

// MasksFree are its flags that may differ when a run goes on: the data may have moved.
var MasksFree = []string{"data", "labels"}

// held is of how many pictures one is held back to measure on, where nothing says which.
const held = 10

// Bind binds it to flags.
func (m *Masks) Bind(f *cli.Flags) {
	f.StringVar(&m.Data, "data", "", "`PATH` of Pascal VOC (VOC2012, with ImageSets/Segmentation in it); of a folder with images/NAME.jpg and masks/NAME.png, "+
		"of which every 10th is held back to measure on, or train and val in it with these; or synthetic, for drawn shapes")
	f.StringVar(&m.Labels, "labels", "", "`FILE` of class names, a name a line, for a folder of images and masks (default classes.txt in it, or else numbers)")
	f.IntVar(&m.LimitTrain, "limit-train", 0, "use the first N training pictures (0: all; synthetic: 1000)")
	f.IntVar(&m.LimitTest, "limit-test", 0, "measure on the first N pictures (0: all; synthetic: 100)")
}

// Check finds what is wrong whatever the files.
func (m *Masks) Check() error {
	if m.Data == "" {
		return cli.Usagef("say with -data where the pictures and their masks are, or -data synthetic")
	}
	return cmp.Or(cli.NotNegative("limit-train", float64(m.LimitTrain)), cli.NotNegative("limit-test", float64(m.LimitTest)))
}

// Open finds the pictures to learn and those to measure on. The seed is of drawn ones.
func (m *Masks) Open(seed uint64) (train, val segmentation.Source, err error) {
	if m.Data == Synthetic {
		return segmentation.Shapes{Number: cmp.Or(m.LimitTrain, 1000), Seed: 2 * seed}, segmentation.Shapes{Number: cmp.Or(m.LimitTest, 100), Seed: 2*seed + 1}, nil
	}
	train, val, err = m.files()
	if err != nil {
		return nil, nil, err
	}
	return head(train, m.LimitTrain), head(val, m.LimitTest), nil
}

// files are those of a folder.
func (m *Masks) files() (train, val segmentation.Source, err error) {
	has := func(parts ...string) bool {
		_, err := os.Stat(filepath.Join(append([]string{m.Data}, parts...)...))
		return !errors.Is(err, fs.ErrNotExist)
	}
	var a, b *segmentation.Pairs
	switch {
	case !has():
		return nil, nil, fmt.Errorf("-data %s: there is no such folder", printable.Name(m.Data))
	case has("ImageSets", "Segmentation"):
		if a, err = segmentation.OpenVOC(m.Data, "train"); err == nil {
			b, err = segmentation.OpenVOC(m.Data, "val")
		}
		return a, b, err
	case has("train", "masks"):
		if a, err = segmentation.OpenPairs(filepath.Join(m.Data, "train")); err == nil {
			b, err = segmentation.OpenPairs(filepath.Join(m.Data, "val"))
		}
		if err != nil {
			return nil, nil, err
		}
		if a.Names, err = m.names(a, b); err != nil {
			return nil, nil, err
		}
		b.Names = a.Names
		return a, b, nil
	case has("masks"):
		if a, err = segmentation.OpenPairs(m.Data); err != nil {
			return nil, nil, err
		}
		if a.Names, err = m.names(a); err != nil {
			return nil, nil, err
		}
		var learnt, measured []int
		for i := range a.Len() {
			if i%held == 0 && a.Len() > 1 {
				measured = append(measured, i)
			} else {
				learnt = append(learnt, i)
			}
		}
		if a.Len() == 1 {
			measured = learnt
		}
		return segmentation.Subset{Source: a, Of: learnt}, segmentation.Subset{Source: a, Of: measured}, nil
	}
	return nil, nil, fmt.Errorf("-data %s has neither ImageSets/Segmentation, as Pascal VOC has, nor images and masks, or train and val with these, in it", printable.Name(m.Data))
}

// names are those of the classes.
func (m *Masks) names(of ...*segmentation.Pairs) ([]string, error) {
	path := m.Labels
	if path == "" {
		path = filepath.Join(m.Data, "classes.txt")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return numbers(of...)
		}
	}
	return imagenet.ReadLabels(path, 0)
}

// numbers are names for as many classes as the masks have.
func numbers(of ...*segmentation.Pairs) ([]string, error) {
	most := 0
	for _, p := range of {
		for _, f := range p.Files {
			mask, err := segmentation.OpenMask(f.Mask)
			if err != nil {
				return nil, err
			}
			for _, l := range mask.Pix {
				if l != segmentation.Void {
					most = max(most, int(l))
				}
			}
		}
	}
	names := []string{"background"}
	for len(names) <= most {
		names = append(names, fmt.Sprint("class ", len(names)))
	}
	return names, nil
}

// head is the first n of a source, 0 for all.
func head(s segmentation.Source, n int) segmentation.Source {
	if n == 0 || n >= s.Len() {
		return s
	}
	of := make([]int, n)
	for i := range of {
		of[i] = i
	}
	return segmentation.Subset{Source: s, Of: of}
}
