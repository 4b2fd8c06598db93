package annotations

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// OpenCOCO reads annotations in COCO's form: boxes, polygons, coded and plain runs, crowds.
// folder is where the pictures are; those that are not there are left out. It is empty where
// only the annotations are wanted, such as for testing another's results. Categories and
// pictures are put in the order of their ids.
//
// Annotations of pictures or categories that the file does not list, and such as have a broken
// mask or neither box nor mask, are passed over; Warnings say how many. A file that cannot be
// read at all, that has no picture or no category, or has an id of theirs twice, is an error.
func OpenCOCO(path, folder string) (*Set, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var bad faults
	s, err := parseCOCO(bufio.NewReaderSize(f, 1<<16), &bad)
	if err != nil {
		return nil, errors.Wrapf(plain(err), "annotations: %s", printable.Name(path))
	}
	if folder != "" {
		if s.Folder = folder; !s.keepPresent(&bad) {
			return nil, errors.Errorf("annotations: %s has none of the pictures that %s lists, such as %s", printable.Name(folder), printable.Name(path), printable.Name(s.Pictures[0].File))
		}
	}
	s.Warnings = bad.lines(path)
	return s, nil
}

// openRegular opens a file; a pipe would be waited for, for ever.
func openRegular(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "annotations")
	}
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.Errorf("annotations: %s is no regular file", printable.Name(path))
	}
	return f, nil
}

// keepPresent leaves out pictures whose file is not there, and says whether any is left.
func (s *Set) keepPresent(bad *faults) bool {
	there := make([]Picture, 0, len(s.Pictures))
	for i, p := range s.Pictures {
		if info, err := os.Stat(s.Path(i)); err != nil || !info.Mode().IsRegular() {
			bad.add("pictures are listed, but not in the folder", p.File)
			continue
		}
		there = append(there, p)
	}
	if len(there) == 0 {
		return false
	}
	s.Pictures = there
	return true
}

// cocoReader puts a file together; annotations may come before what they refer to.
type cocoReader struct {
	set     *Set
	objects []cocoObject
	bad     *faults
}

type cocoObject struct {
	Object
	picture, category         int64
	numbered, boxed, measured bool // the file has an id, a box, an area
}

func parseCOCO(r io.Reader, bad *faults) (*Set, error) {
	c := cocoReader{set: &Set{}, bad: bad}
	d := json.NewDecoder(r)
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errors.New("want an object with images, annotations and categories; a list is a file of results")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch key {
		case "images":
			err = readArray(d, "images", c.picture)
		case "categories":
			err = readArray(d, "categories", c.category)
		case "annotations":
			err = readArray(d, "annotations", c.annotation)
		default:
			var other json.RawMessage
			err = d.Decode(&other)
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if err := ended(d); err != nil {
		return nil, err
	}
	return c.set, c.join()
}

func (c *cocoReader) picture(_ int, p *cocoPicture) error {
	switch {
	case p.ID == nil:
		return errors.New("want an id")
	case p.FileName == "":
		return errors.Errorf("picture %d has no file_name", *p.ID)
	}
	size := Size{int(p.Height), int(p.Width)}
	if err := size.check(); err != nil {
		return errors.Errorf("picture %d is of %dx%d pixels", *p.ID, size.Width, size.Height)
	}
	c.set.Pictures = append(c.set.Pictures, Picture{ID: int64(*p.ID), File: p.FileName, Size: size})
	return nil
}

func (c *cocoReader) category(_ int, k *cocoCategory) error {
	if k.ID == nil {
		return errors.New("want an id")
	}
	if k.Name == "" {
		k.Name = fmt.Sprint(*k.ID)
	}
	c.set.Categories = append(c.set.Categories, Category{int64(*k.ID), k.Name, k.Supercategory})
	return nil
}

// annotation keeps one, if it can be an object at all.
func (c *cocoReader) annotation(i int, a *cocoAnnotation) error {
	which := fmt.Sprintf("annotations[%d]", i)
	o := cocoObject{}
	if a.ID != nil {
		which = fmt.Sprintf("annotation %d", *a.ID)
		o.ID, o.numbered = int64(*a.ID), true
	}
	o.Mask, o.Crowd = a.Segmentation.mask, bool(a.IsCrowd)
	switch {
	case a.ImageID == nil || a.CategoryID == nil:
		c.bad.add("annotations without image_id or category_id are passed over", which)
		return nil
	case a.Segmentation.err != nil:
		c.bad.add("annotations with a broken mask are passed over", which+": "+a.Segmentation.err.Error())
		return nil
	case len(a.Box) == 4:
		o.Box, o.boxed = Box{a.Box[0], a.Box[1], a.Box[2], a.Box[3]}, true
	case len(a.Box) != 0 || o.Mask.None():
		c.bad.add("annotations without a box of four numbers are passed over", which)
		return nil
	}
	if a.Area != nil {
		o.Area, o.measured = *a.Area, true
	}
	o.picture, o.category = int64(*a.ImageID), int64(*a.CategoryID)
	c.objects = append(c.objects, o)
	return nil
}

// join gives the pictures their objects.
func (c *cocoReader) join() error {
	s := c.set
	switch {
	case len(s.Pictures) == 0:
		return errors.New("it lists no images")
	case len(s.Categories) == 0:
		return errors.New("it lists no categories")
	}
	slices.SortStableFunc(s.Pictures, func(a, b Picture) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(s.Categories, func(a, b Category) int { return cmp.Compare(a.ID, b.ID) })
	pictures, categories := make(map[int64]int, len(s.Pictures)), map[int64]int{}
	for i, p := range s.Pictures {
		if _, twice := pictures[p.ID]; twice {
			return errors.Errorf("two images have the id %d", p.ID)
		}
		pictures[p.ID] = i
	}
	for i, k := range s.Categories {
		if _, twice := categories[k.ID]; twice {
			return errors.Errorf("two categories have the id %d", k.ID)
		}
		categories[k.ID] = i
	}
	c.number()
	for i := range c.objects {
		o := &c.objects[i]
		which := fmt.Sprintf("annotation %d", o.ID)
		at, ok := pictures[o.picture]
		if !ok {
			c.bad.add("annotations are of images that are not listed, and passed over", fmt.Sprintf("%s, of image %d", which, o.picture))
			continue
		}
		if o.Category, ok = categories[o.category]; !ok {
			c.bad.add("annotations are of categories that are not listed, and passed over", fmt.Sprintf("%s, of category %d", which, o.category))
			continue
		}
		p := &s.Pictures[at]
		if err := o.complete(p.Size); err != nil {
			c.bad.add("annotations with a broken mask are passed over", which+": "+err.Error())
			continue
		}
		switch b := o.Box; {
		case !(b.Width > 0 && b.Height > 0):
			c.bad.add("boxes have no area; they are not trained on", which)
		case b.Corners().Clipped(p.Size).Empty():
			c.bad.add("boxes are outside their picture; they are not trained on", which)
		case b.X < -1 || b.Y < -1 || b.X+b.Width > float64(p.Width+1) || b.Y+b.Height > float64(p.Height+1):
			c.bad.add("boxes go over the edges of their picture and are cut there in training", which)
		}
		p.Objects = append(p.Objects, o.Object)
	}
	return nil
}

// complete fills in the box and area that the file left out, and checks a mask of runs.
func (o *cocoObject) complete(s Size) error {
	if o.Mask.RLE != nil && o.Mask.RLE.Size != s {
		_, err := o.Mask.Runs(s)
		return err
	}
	if o.boxed && o.measured {
		return nil
	}
	mask, err := o.Mask.Runs(s)
	if err != nil {
		return err
	}
	if !o.boxed {
		o.Box = mask.Box()
	}
	if !o.measured {
		if o.Area = o.Box.Area(); mask != nil {
			o.Area = float64(mask.Area())
		}
	}
	return nil
}

// number gives ids to annotations that have none or another's: those after the largest.
func (c *cocoReader) number() {
	taken, last := make(map[int64]bool, len(c.objects)), int64(0)
	for _, o := range c.objects {
		last = max(last, o.ID)
	}
	for i := range c.objects {
		o := &c.objects[i]
		switch {
		case !o.numbered:
			c.bad.add("annotations have no id and get one", fmt.Sprintf("of image %d", o.picture))
		case taken[o.ID]:
			c.bad.add("annotations have the id of another and get one of their own", fmt.Sprint(o.ID))
		default:
			if o.ID == 0 {
				c.bad.add("annotations have the id 0, which COCO's figures count as never found", fmt.Sprintf("of image %d", o.picture))
			}
			taken[o.ID] = true
			continue
		}
		last++
		o.ID = last
		taken[o.ID] = true
	}
}
