package annotations

import (
	"bytes"
	"fmt"
	"io"

	"github.com/pkg/errors"
)

// WriteCOCO writes the set's annotations in COCO's form, masks as they are: polygons or coded
// runs. Pictures without a file, which are drawn, get the name of their id.
func WriteCOCO(w io.Writer, s *Set) error {
	if s == nil {
		return errors.New("annotations: want a set to write, got nil")
	}
	type object struct {
		ID           int64      `json:"id"`
		ImageID      int64      `json:"image_id"`
		CategoryID   int64      `json:"category_id"`
		Box          [4]float64 `json:"bbox"`
		Area         float64    `json:"area"`
		Segmentation any        `json:"segmentation,omitempty"`
		IsCrowd      int        `json:"iscrowd"`
	}
	var objects []object
	for i, p := range s.Pictures {
		masks := make([]*RLE, len(p.Objects))
		if p.InstanceFile != "" {
			var err error
			if masks, err = s.Masks(i); err != nil {
				return err
			}
		}
		for k, o := range p.Objects {
			if o.Category < 0 || o.Category >= len(s.Categories) {
				return errors.Errorf("annotations: annotation %d is of category %d of %d", o.ID, o.Category, len(s.Categories))
			}
			out := object{ID: o.ID, ImageID: p.ID, CategoryID: s.Categories[o.Category].ID, Box: [4]float64{o.Box.X, o.Box.Y, o.Box.Width, o.Box.Height}, Area: o.Area}
			if o.Crowd {
				out.IsCrowd = 1
			}
			if masks[k] == nil {
				masks[k] = o.Mask.RLE
			}
			switch r := masks[k]; {
			case r != nil:
				out.Segmentation = map[string]any{"size": [2]int{r.Height, r.Width}, "counts": r.String()}
			case len(o.Mask.Polygons) > 0:
				out.Segmentation = o.Mask.Polygons
			}
			objects = append(objects, out)
		}
	}
	var b bytes.Buffer
	b.WriteString("{\"images\": ")
	if err := writeArray(&b, len(s.Pictures), func(i int) (any, error) {
		p := s.Pictures[i]
		if p.File == "" {
			p.File = fmt.Sprintf("%012d.png", p.ID)
		}
		return map[string]any{"id": p.ID, "file_name": p.File, "width": p.Width, "height": p.Height}, nil
	}); err != nil {
		return err
	}
	b.WriteString(", \"categories\": ")
	if err := writeArray(&b, len(s.Categories), func(i int) (any, error) {
		k := s.Categories[i]
		return map[string]any{"id": k.ID, "name": k.Name, "supercategory": k.Supercategory}, nil
	}); err != nil {
		return err
	}
	b.WriteString(", \"annotations\": ")
	if err := writeArray(&b, len(objects), func(i int) (any, error) { return objects[i], nil }); err != nil {
		return err
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return errors.Wrap(err, "annotations")
}
