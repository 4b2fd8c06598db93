package segmentation

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/pkg/errors"
)

// OpenVOC lists a part, such as train or val, of Pascal VOC for segmentation, of which the
// folder has JPEGImages, SegmentationClass and ImageSets in it.
func OpenVOC(folder, part string) (*annotations.Set, error) {
	list := filepath.Join(folder, "ImageSets", "Segmentation", part+".txt")
	f, err := os.Open(list)
	if err != nil {
		return nil, errors.Wrap(err, "segmentation")
	}
	defer f.Close()
	p := &annotations.Set{Labels: slices.Clone(VOC)}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			if name != filepath.Base(name) {
				return nil, errors.Errorf("segmentation: %s: %q is no name of a picture", list, name)
			}
			p.Pictures = append(p.Pictures, annotations.Picture{File: filepath.Join(folder, "JPEGImages", name+".jpg"), LabelFile: filepath.Join(folder, "SegmentationClass", name+".png")})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "segmentation: %s", list)
	}
	if len(p.Pictures) == 0 {
		return nil, errors.Errorf("segmentation: %s names no pictures", list)
	}
	return p, nil
}

// VOC are the classes of Pascal VOC, as torchvision spells them.
var VOC = []string{"__background__", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse",
	"motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"}

// OpenPairs lists the pictures of a folder that has images and masks in it, in the order
// of their names: the mask of images/NAME.jpg is masks/NAME.png. A picture without a mask,
// or a mask without a picture, is an error. The classes are yet to be named.
func OpenPairs(folder string) (*annotations.Set, error) {
	masks, err := stems(filepath.Join(folder, "masks"))
	if err != nil {
		return nil, err
	}
	pictures, err := stems(filepath.Join(folder, "images"))
	if err != nil {
		return nil, err
	}
	p, of := &annotations.Set{}, map[string]string{}
	for _, m := range masks {
		of[m.stem] = m.path
	}
	for _, f := range pictures {
		mask, ok := of[f.stem]
		if !ok {
			return nil, errors.Errorf("segmentation: %s has no mask %s", f.path, filepath.Join(folder, "masks", f.stem+".png"))
		}
		p.Pictures = append(p.Pictures, annotations.Picture{File: f.path, LabelFile: mask})
		delete(of, f.stem)
	}
	for _, m := range masks {
		if of[m.stem] != "" {
			return nil, errors.Errorf("segmentation: %s is the mask of no picture in %s", m.path, filepath.Join(folder, "images"))
		}
	}
	if len(p.Pictures) == 0 {
		return nil, errors.Errorf("segmentation: there are no pictures in %s", filepath.Join(folder, "images"))
	}
	return p, nil
}

// file is one of a folder.
type file struct{ stem, path string }

// stems lists the pictures of a folder by name.
func stems(folder string) (files []file, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, errors.Wrap(err, "segmentation")
	}
	for _, e := range entries {
		if e.IsDir() || !imagenet.IsPicture(e.Name()) {
			continue
		}
		f := file{strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), filepath.Join(folder, e.Name())}
		if n := len(files); n > 0 && files[n-1].stem == f.stem {
			return nil, errors.Errorf("segmentation: %s and %s have one name", files[n-1].path, f.path)
		}
		files = append(files, f)
	}
	return files, nil
}
