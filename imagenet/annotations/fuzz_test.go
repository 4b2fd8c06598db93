package annotations

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
)

// checkRLE: the runs cover the picture, and the code is read again as it was written.
func checkRLE(t *testing.T, r *RLE) {
	t.Helper()
	if _, err := NewRLE(r.Size, r.Runs); err != nil {
		t.Fatal(err)
	}
	again, err := ParseRLE(r.String(), r.Size)
	if err != nil || again.String() != r.String() {
		t.Fatalf("%v is read again as %v: %v", r.Runs, again, err)
	}
	b := r.Box()
	if area := r.Area(); float64(area) > b.Area() || (area == 0) != (b == Box{}) || b.X+b.Width > float64(r.Width) || b.Y+b.Height > float64(r.Height) {
		t.Fatalf("%v has %d pixels in %v", r.Runs, area, b)
	}
	if iou := r.IoU(r, false); r.Area() > 0 && iou != 1 {
		t.Fatalf("%v has an IoU of %v with itself", r.Runs, iou)
	}
}

func FuzzRLE(f *testing.F) {
	f.Add("06", 2, 3)
	f.Add("7X11", 6, 8)
	f.Add("oooooooooo", 6, 8)
	f.Fuzz(func(t *testing.T, text string, h, w int) {
		if r, err := ParseRLE(text, Size{h, w}); err == nil {
			checkRLE(t, r)
			if h <= 100 && w <= 100 {
				if again, err := Encode(r.Decode(), r.Size); err != nil || again.Area() != r.Area() || again.Box() != r.Box() {
					t.Fatalf("%v is coded again as %v: %v", r.Runs, again.Runs, err)
				}
			}
		}
	})
}

func FuzzCOCO(f *testing.F) {
	f.Add(coco(good))
	f.Add(coco(`{"id": 1, "image_id": 5, "category_id": 9, "segmentation": {"size": [6, 8], "counts": "7X11"}}`))
	f.Add(coco(`{"id": 1, "image_id": 5, "category_id": 9, "bbox": [0, 0, 1, 1], "iscrowd": 1, "segmentation": {"size": [6, 8], "counts": [0, 48]}}`))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseCOCO(strings.NewReader(text), &faults{})
		if err != nil {
			return
		}
		for _, p := range s.Pictures {
			for _, o := range p.Objects {
				if o.Category < 0 || o.Category >= len(s.Categories) || !o.Box.finite() {
					t.Fatalf("%+v", o)
				}
				if r, err := o.Mask.Runs(p.Size); err != nil {
					t.Fatal(err)
				} else if r != nil {
					checkRLE(t, r)
				}
			}
		}
		var b bytes.Buffer
		if err := WriteCOCO(&b, s); err != nil {
			t.Fatal(err)
		}
		if again, err := parseCOCO(&b, &faults{}); err != nil || len(again.Pictures) != len(s.Pictures) {
			t.Fatalf("what was written is not read: %v", err)
		}
	})
}

func FuzzResults(f *testing.F) {
	s, err := parseCOCO(strings.NewReader(coco(good)), &faults{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`[{"image_id": 5, "category_id": 9, "score": 0.5, "bbox": [1, 1, 2, 2]}]`)
	f.Add(`[{"image_id": 5, "category_id": 9, "score": 0.5, "segmentation": {"size": [6, 8], "counts": "7X11"}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseResults(strings.NewReader(text), s, &faults{})
		if err != nil {
			return
		}
		for _, d := range r.Detections {
			if d.Picture < 0 || d.Picture >= s.Len() || d.Category < 0 || d.Category >= len(s.Categories) || d.Mask != nil && d.Mask.Size != s.Pictures[d.Picture].Size {
				t.Fatalf("%+v", d)
			}
		}
	})
}

func FuzzVOC(f *testing.F) {
	f.Add(vocFile)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseVOC(strings.NewReader(text), VOCClasses, "a.xml", &faults{})
		if err != nil {
			return
		}
		for _, o := range p.Objects {
			if c := o.Box.Corners().Clipped(p.Size); c.Empty() {
				t.Fatalf("%+v in %+v", o, p.Size)
			}
		}
	})
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := DecodeLabels(bytes.NewReader(data)); err == nil && (len(l.Pix) != l.Height*l.Width || len(l.Pix) > imagenet.MaxPixels) {
			t.Fatalf("%d pixels of %+v", len(l.Pix), l.Size)
		}
	})
}
