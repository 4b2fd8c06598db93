package annotations

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Results is a file of what was found.
type Results struct {
	Detections []Detection
	Boxes      bool     // the file has boxes, by the first of its detections
	Masks      bool     // likewise
	Warnings   []string // what is odd about it, a line each
}

// ReadResults reads a file in COCO's results form: a list of image_id, category_id, score, and
// bbox or segmentation. As in COCO's tools the sizes of detections are those of the boxes where
// the first has one, and of the masks otherwise, of which boxes are made then. Detections of
// categories that the set does not have are passed over with a warning; those of a picture that
// it does not have are an error.
func ReadResults(path string, s *Set) (*Results, error) {
	if s == nil {
		return nil, errors.New("annotations: want the set that results are of, got nil")
	}
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var bad faults
	r, err := parseResults(bufio.NewReaderSize(f, 1<<16), s, &bad)
	if err != nil {
		return nil, errors.Wrapf(plain(err), "annotations: %s", printable.Name(path))
	}
	r.Warnings = bad.lines(path)
	return r, nil
}

func parseResults(in io.Reader, s *Set, bad *faults) (*Results, error) {
	pictures, categories := map[int64]int{}, map[int64]int{}
	for i, p := range s.Pictures {
		pictures[p.ID] = i
	}
	for i, k := range s.Categories {
		categories[k.ID] = i
	}
	r := &Results{}
	d := json.NewDecoder(in)
	err := readArray(d, "results", func(i int, a *cocoAnnotation) error {
		if a.ImageID == nil || a.CategoryID == nil || a.Score == nil {
			return errors.New("want image_id, category_id and score")
		}
		if a.Segmentation.err != nil {
			return a.Segmentation.err
		}
		if i == 0 {
			r.Boxes, r.Masks = len(a.Box) > 0, !a.Segmentation.mask.None()
			if !r.Boxes && !r.Masks {
				return errors.New("want a bbox or a segmentation")
			}
		}
		at, ok := pictures[int64(*a.ImageID)]
		if !ok {
			return errors.Errorf("there is no image %d in the annotations", *a.ImageID)
		}
		found := Detection{Picture: at, Score: *a.Score}
		if found.Category, ok = categories[int64(*a.CategoryID)]; !ok {
			bad.add("detections are of categories that are not listed, and passed over", fmt.Sprintf("results[%d], of category %d", i, *a.CategoryID))
			return nil
		}
		var err error
		if found.Mask, err = a.Segmentation.mask.Runs(s.Pictures[at].Size); err != nil {
			return err
		}
		if err := found.measure(a.Box, r.Boxes); err != nil {
			return err
		}
		r.Detections = append(r.Detections, found)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, ended(d)
}

// measure fills in the box and the area.
func (d *Detection) measure(box []float64, boxes bool) error {
	switch {
	case len(box) == 4:
		d.Box = Box{box[0], box[1], box[2], box[3]}
	case boxes || d.Mask == nil:
		return errors.Errorf("want a %s like the first, got %d numbers of a box", map[bool]string{true: "bbox", false: "segmentation"}[boxes], len(box))
	default:
		d.Box = d.Mask.Box()
	}
	if d.Area = d.Box.Area(); !boxes {
		if d.Mask == nil {
			return errors.New("want a segmentation like the first")
		}
		d.Area = float64(d.Mask.Area())
	}
	if d.Area == 0 {
		// It is known, and not to be computed: as small as can be.
		d.Area = math.SmallestNonzeroFloat64
	}
	return nil
}

// WriteResults writes detections in COCO's results form: with their masks and no boxes where
// masks is set, which is how torchvision's reference writes them, and with their boxes
// otherwise.
func WriteResults(w io.Writer, s *Set, found []Detection, masks bool) error {
	if s == nil {
		return errors.New("annotations: want the set that results are of, got nil")
	}
	type runs struct {
		Size   [2]int `json:"size"`
		Counts string `json:"counts"`
	}
	type result struct {
		ImageID      int64       `json:"image_id"`
		CategoryID   int64       `json:"category_id"`
		Box          *[4]float64 `json:"bbox,omitempty"`
		Segmentation *runs       `json:"segmentation,omitempty"`
		Score        float64     `json:"score"`
	}
	return writeArray(w, len(found), func(i int) (any, error) {
		d := &found[i]
		if d.Picture < 0 || d.Picture >= s.Len() || d.Category < 0 || d.Category >= len(s.Categories) {
			return nil, errors.Errorf("annotations: detection %d is of picture %d and category %d, of %d and %d", i, d.Picture, d.Category, s.Len(), len(s.Categories))
		}
		out := result{ImageID: s.Pictures[d.Picture].ID, CategoryID: s.Categories[d.Category].ID, Score: d.Score}
		switch {
		case !masks:
			out.Box = &[4]float64{d.Box.X, d.Box.Y, d.Box.Width, d.Box.Height}
		case d.Mask == nil:
			return nil, errors.Errorf("annotations: detection %d has no mask", i)
		default:
			out.Segmentation = &runs{[2]int{d.Mask.Height, d.Mask.Width}, d.Mask.String()}
		}
		return out, nil
	})
}

// writeArray writes a list, a line an element.
func writeArray(w io.Writer, n int, element func(i int) (any, error)) error {
	out := bufio.NewWriter(w)
	between := "[\n"
	for i := range n {
		v, err := element(i)
		if err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return errors.Wrapf(err, "annotations: element %d", i)
		}
		_, _ = out.WriteString(between)
		_, _ = out.Write(b)
		between = ",\n"
	}
	if n == 0 {
		_, _ = out.WriteString("[")
	}
	_, _ = out.WriteString("]\n")
	return errors.Wrap(out.Flush(), "annotations")
}
