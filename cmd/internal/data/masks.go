package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// Masks says where pictures with masks are.
type Masks struct {
	Data       string `json:"data"`
	Labels     string `json:"labels"`
	LimitTrain int    `json:"limit_train"`
	LimitTest  int    `json:"limit_test"`
	Side       int    `json:"synthetic_size"`
}

// MasksFree are its flags that may differ when a run goes on: the data may have moved.
var MasksFree = []string{"data", "labels"}

// held is of how many pictures one is held back to measure on, where nothing says which.
const held = 10

// Bind binds it to flags.
func (m *Masks) Bind(f *cli.Flags) {
	f.StringVar(&m.Data, "data", "", "`PATH` of Pascal VOC (VOC2012, with ImageSets/Segmentation in it); of COCO (with annotations/instances_train2017.json and train2017, and those of val, in it); of a folder with images/NAME.jpg and masks/NAME.png, "+
		"of which every 10th is held back to measure on, or train and val in it with these; or synthetic, for drawn shapes")
	f.StringVar(&m.Labels, "labels", "", "`FILE` of class names, a name a line, for a folder of images and masks (default classes.txt in it, or else numbers)")
	f.IntVar(&m.LimitTrain, "limit-train", 0, "use the first N training pictures (0: all; synthetic: 1000)")
	f.IntVar(&m.LimitTest, "limit-test", 0, "measure on the first N pictures (0: all; synthetic: 100)")
	f.IntVar(&m.Side, "synthetic-size", 128, "height and width of drawn pictures")
}

// Check finds what is wrong whatever the files.
func (m *Masks) Check() error {
	if m.Data == "" {
		return cli.Usagef("say with -data where the pictures and their masks are, or -data synthetic")
	}
	if m.Side < 16 || m.Side > 4096 {
		return cli.Usagef("-synthetic-size is 16 to 4096, not %d", m.Side)
	}
	return cmp.Or(cli.NotNegative("limit-train", float64(m.LimitTrain)), cli.NotNegative("limit-test", float64(m.LimitTest)))
}

// Open finds the pictures to learn and those to measure on. The seed is of drawn ones.
func (m *Masks) Open(seed uint64) (train, val *annotations.Set, err error) {
	if m.Data == Synthetic {
		return Scenes(seed, m.Side, cmp.Or(m.LimitTrain, 1000), cmp.Or(m.LimitTest, 100))
	}
	if train, val, err = m.files(); err != nil {
		return nil, nil, err
	}
	Limit(train, m.LimitTrain)
	Limit(val, m.LimitTest)
	return train, val, nil
}

// files are those of a folder.
func (m *Masks) files() (train, val *annotations.Set, err error) {
	has := func(parts ...string) bool {
		_, err := os.Stat(filepath.Join(append([]string{m.Data}, parts...)...))
		return !errors.Is(err, fs.ErrNotExist)
	}
	switch {
	case !has():
		return nil, nil, fmt.Errorf("-data %s: there is no such folder", printable.Name(m.Data))
	case has("ImageSets", "Segmentation"):
		if train, err = annotations.OpenVOC(m.Data, "train", true, nil); err == nil {
			val, err = annotations.OpenVOC(m.Data, "val", true, nil)
		}
		return train, val, err
	case has("annotations"):
		if train, err = m.coco("train"); err == nil {
			val, err = m.coco("val")
		}
		return train, val, err
	case has("train", "masks"):
		if train, err = m.pairs("train"); err == nil {
			val, err = m.pairs("val")
		}
	case has("masks"):
		if train, err = m.pairs(""); err == nil {
			train, val = hold(train)
		}
	default:
		err = fmt.Errorf("-data %s has neither ImageSets/Segmentation, as Pascal VOC has, nor annotations, as COCO has, nor images and masks, or train and val with these, in it", printable.Name(m.Data))
	}
	if err == nil {
		train.Labels, err = m.names(train, val)
	}
	if err != nil {
		return nil, nil, err
	}
	val.Labels = train.Labels
	return train, val, nil
}

// pairs are those of a part of the folder, or of all of it, whose classes are yet to be
// named.
func (m *Masks) pairs(part string) (*annotations.Set, error) {
	folder := filepath.Join(m.Data, part)
	return annotations.OpenPairs(filepath.Join(folder, "images"), filepath.Join(folder, "masks"), anyNames())
}

// coco is a part of COCO, such as annotations/instances_train2017.json and train2017.
func (m *Masks) coco(part string) (*annotations.Set, error) {
	files, err := filepath.Glob(filepath.Join(m.Data, "annotations", "instances_"+part+"*.json"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("-data %s: want one file annotations/instances_%s*.json, there are %d", printable.Name(m.Data), part, len(files))
	}
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(files[0]), "instances_"), ".json")
	return annotations.OpenCOCO(files[0], filepath.Join(m.Data, name))
}

// hold takes apart what is held back.
func hold(all *annotations.Set) (train, val *annotations.Set) {
	learnt, measured := *all, *all
	learnt.Pictures, measured.Pictures = nil, nil
	for i, p := range all.Pictures {
		if i%held == 0 {
			measured.Pictures = append(measured.Pictures, p)
		} else {
			learnt.Pictures = append(learnt.Pictures, p)
		}
	}
	if len(learnt.Pictures) == 0 { // there is one
		learnt.Pictures = measured.Pictures
	}
	return &learnt, &measured
}

// names are those of the classes.
func (m *Masks) names(of ...*annotations.Set) ([]string, error) {
	path := m.Labels
	if path == "" {
		path = filepath.Join(m.Data, "classes.txt")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return numbers(of...)
		}
	}
	return imagenet.ReadLabels(path, 0)
}

// anyNames are names for all classes that a mask can have.
func anyNames() []string {
	names := []string{"background"}
	for len(names) < annotations.Ignore {
		names = append(names, fmt.Sprint("class ", len(names)))
	}
	return names
}

// numbers are names for as many classes as the masks have.
func numbers(of ...*annotations.Set) ([]string, error) {
	most := 0
	for _, set := range of {
		counts, err := segmentation.CountPixels(set)
		if err != nil {
			return nil, err
		}
		for class, n := range counts {
			if n > 0 {
				most = max(most, class)
			}
		}
	}
	return anyNames()[:most+1], nil
}
