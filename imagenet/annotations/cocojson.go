package annotations

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/pkg/errors"
)

// The parts of COCO's files. What is missing is nil.
type (
	cocoPicture struct {
		ID       *whole `json:"id"`
		FileName string `json:"file_name"`
		Width    whole  `json:"width"`
		Height   whole  `json:"height"`
	}
	cocoCategory struct {
		ID            *whole `json:"id"`
		Name          string `json:"name"`
		Supercategory string `json:"supercategory"`
	}
	cocoAnnotation struct {
		ID           *whole           `json:"id"`
		ImageID      *whole           `json:"image_id"`
		CategoryID   *whole           `json:"category_id"`
		Segmentation cocoSegmentation `json:"segmentation"`
		Area         *float64         `json:"area"`
		Box          []float64        `json:"bbox"`
		IsCrowd      flag             `json:"iscrowd"`
		Score        *float64         `json:"score"`
	}
)

// whole is a whole number, also one written 3.0.
type whole int64

// UnmarshalJSON implements json.Unmarshaler.
func (w *whole) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*w = whole(n)
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return errors.Errorf("want a whole number, got %.40s", b)
	}
	*w = whole(v)
	return nil
}

// flag is 0 or 1, or false or true.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "1", "1.0", "true":
		*f = true
	case "0", "0.0", "false", "null":
		*f = false
	default:
		return errors.Errorf("want 0 or 1, got %.40s", b)
	}
	return nil
}

// cocoSegmentation is a mask in any of its three forms. What is wrong with it is kept:
// another's box may still serve.
type cocoSegmentation struct {
	mask Mask
	err  error
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *cocoSegmentation) UnmarshalJSON(b []byte) error {
	*s = cocoSegmentation{}
	switch {
	case len(b) == 0 || bytes.Equal(b, []byte("null")):
	case b[0] == '[':
		if err := json.Unmarshal(b, &s.mask.Polygons); err != nil {
			s.err = errors.New("want polygons as a list of lists of numbers")
			break
		}
		for _, points := range s.mask.Polygons {
			if s.err = checkPolygon(points); s.err != nil {
				break
			}
		}
	default:
		s.mask.RLE, s.err = parseRuns(b)
	}
	if s.err != nil {
		s.mask = Mask{}
	}
	return nil
}

func parseRuns(b []byte) (*RLE, error) {
	var runs struct {
		Size   []int           `json:"size"`
		Counts json.RawMessage `json:"counts"`
	}
	if err := json.Unmarshal(b, &runs); err != nil || len(runs.Size) != 2 || len(runs.Counts) == 0 {
		return nil, errors.New("want a mask of polygons, or of size [height, width] and counts")
	}
	size := Size{runs.Size[0], runs.Size[1]}
	if runs.Counts[0] == '"' {
		var text string
		if err := json.Unmarshal(runs.Counts, &text); err != nil {
			return nil, err
		}
		return ParseRLE(text, size)
	}
	var counts []uint32
	if err := json.Unmarshal(runs.Counts, &counts); err != nil {
		return nil, errors.New("want the counts of a mask as a string or a list of whole numbers")
	}
	return NewRLE(size, counts)
}

// readArray reads a list element by element, so that of a large file only what is kept takes memory.
func readArray[T any](d *json.Decoder, name string, use func(i int, v *T) error) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return errors.Errorf("want %s as a list, got %v", name, t)
	}
	for i := 0; d.More(); i++ {
		var v T
		if err := d.Decode(&v); err != nil {
			return errors.Wrapf(err, "%s[%d]", name, i)
		}
		if err := use(i, &v); err != nil {
			return errors.Wrapf(err, "%s[%d]", name, i)
		}
	}
	_, err = d.Token()
	return err
}

// ended is an error if there is more than blanks after the end of what was read.
func ended(d *json.Decoder) error {
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after its end")
	}
	return nil
}

// plain makes an end in the middle an error of its own: a file is cut off.
func plain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends in the middle")
	}
	return err
}
