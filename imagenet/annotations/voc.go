package annotations

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// VOCClasses are the classes of Pascal VOC in the order of their numbers in its masks, from 1.
var VOCClasses = []string{
	"aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
	"diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
}

// OpenVOC reads a part of a data set in Pascal VOC's form, such as VOCdevkit/VOC2012 and
// trainval: the pictures that ImageSets/Main/PART.txt or, where masks are wanted,
// ImageSets/Segmentation/PART.txt lists, with the boxes of Annotations, and the masks of
// SegmentationClass and SegmentationObject. classes are the names in the order of their
// numbers; nil means VOCClasses.
//
// Boxes are turned from VOC's form, in which the first pixel is 1 and the last one belongs to
// the box, to COCO's. Objects of other classes, and such as have no box, are passed over;
// Warnings say how many. Pictures without a file are left out likewise; a list without any, and
// a file that is no XML, are errors.
func OpenVOC(root, part string, masks bool, classes []string) (*Set, error) {
	if classes == nil {
		classes = VOCClasses
	}
	kind := "Main"
	if masks {
		kind = "Segmentation"
	}
	list := filepath.Join(root, "ImageSets", kind, part+".txt")
	names, err := readNames(list)
	if err != nil {
		return nil, err
	}
	s := &Set{Folder: root, Labels: append([]string{"background"}, classes...)}
	for i, name := range classes {
		s.Categories = append(s.Categories, Category{ID: int64(i + 1), Name: name})
	}
	var bad faults
	id := int64(0)
	for i, name := range names {
		path := filepath.Join(root, "Annotations", name+".xml")
		p, err := readVOC(path, classes, &bad)
		if err != nil {
			if masks && errors.Is(err, os.ErrNotExist) {
				p, err = Picture{}, nil // pictures of masks alone
			} else {
				return nil, err
			}
		}
		p.ID = int64(i + 1)
		if p.File = filepath.Join("JPEGImages", name+".jpg"); masks {
			p.LabelFile = filepath.Join("SegmentationClass", name+".png")
			if instances := filepath.Join("SegmentationObject", name+".png"); len(p.Objects) > 0 && isFile(filepath.Join(root, instances)) {
				p.InstanceFile = instances
			}
			if !isFile(filepath.Join(root, p.LabelFile)) {
				bad.add("pictures have no mask and are left out", p.LabelFile)
				continue
			}
		}
		for k := range p.Objects {
			id++
			p.Objects[k].ID = id
		}
		s.Pictures = append(s.Pictures, p)
	}
	if len(s.Pictures) == 0 || !s.keepPresent(&bad) {
		return nil, errors.Errorf("annotations: of the %d pictures in %s none is there", len(names), printable.Name(list))
	}
	s.Warnings = bad.lines(root)
	return s, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// readNames reads a list of names, one a line; what follows a blank is another matter.
func readNames(path string) ([]string, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if len(fields) == 0 {
			continue
		}
		if !filepath.IsLocal(fields[0]) {
			return nil, errors.Errorf("annotations: %s, line %d: want the name of a picture, got %s", printable.Name(path), n, printable.Name(fields[0]))
		}
		names = append(names, fields[0])
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "annotations: %s", printable.Name(path))
	}
	if len(names) == 0 {
		return nil, errors.Errorf("annotations: %s lists no picture", printable.Name(path))
	}
	return names, nil
}

func readVOC(path string, classes []string, bad *faults) (Picture, error) {
	f, err := openRegular(path)
	if err != nil {
		return Picture{}, err
	}
	defer f.Close()
	p, err := parseVOC(f, classes, filepath.Base(path), bad)
	return p, errors.Wrapf(err, "annotations: %s", printable.Name(path))
}

// maxVOC is the most bytes that are read of a picture's annotations.
const maxVOC = 1 << 24

// parseVOC reads the annotations of one picture, without its file.
func parseVOC(r io.Reader, classes []string, name string, bad *faults) (Picture, error) {
	var file struct {
		XMLName xml.Name `xml:"annotation"`
		Size    struct {
			Width  int `xml:"width"`
			Height int `xml:"height"`
		} `xml:"size"`
		Objects []struct {
			Name      string `xml:"name"`
			Difficult string `xml:"difficult"`
			Truncated string `xml:"truncated"`
			Box       *struct {
				Left   *float64 `xml:"xmin"`
				Top    *float64 `xml:"ymin"`
				Right  *float64 `xml:"xmax"`
				Bottom *float64 `xml:"ymax"`
			} `xml:"bndbox"`
		} `xml:"object"`
	}
	if err := xml.NewDecoder(io.LimitReader(r, maxVOC)).Decode(&file); err != nil {
		return Picture{}, plain(err)
	}
	p := Picture{Size: Size{file.Size.Height, file.Size.Width}}
	if err := p.Size.check(); err != nil {
		return Picture{}, errors.Errorf("its size is %dx%d", p.Width, p.Height)
	}
	for i, o := range file.Objects {
		which := fmt.Sprintf("%s, object %d", name, i+1)
		class := slices.Index(classes, strings.TrimSpace(o.Name))
		switch b := o.Box; {
		case class < 0:
			bad.add("objects are of other classes, and passed over", which+", "+strings.TrimSpace(o.Name))
			continue
		case b == nil || b.Left == nil || b.Top == nil || b.Right == nil || b.Bottom == nil:
			bad.add("objects have no box, and are passed over", which)
			continue
		}
		box := Box{*o.Box.Left - 1, *o.Box.Top - 1, *o.Box.Right - *o.Box.Left + 1, *o.Box.Bottom - *o.Box.Top + 1}
		if !box.finite() || !(box.Width > 0 && box.Height > 0) || box.Corners().Clipped(p.Size).Empty() {
			bad.add("boxes have no area in their picture, and are passed over", which)
			continue
		}
		p.Objects = append(p.Objects, Object{
			Category: class, Box: box, Area: box.Area(),
			Difficult: strings.TrimSpace(o.Difficult) == "1", Truncated: strings.TrimSpace(o.Truncated) == "1",
			number: i + 1,
		})
	}
	return p, nil
}
