package annotations

import (
	"io"
	"testing"

	"github.com/gorgonet/gorgonet/internal/misuse"
)

// TestMisuse: what is nil, empty or of nobody's making gives errors and no panics.
func TestMisuse(t *testing.T) {
	misuse.Methods(t, nil,
		(*Set)(nil), &Set{}, &Set{Pictures: make([]Picture, 1)}, (*Sample)(nil), &Sample{}, (*RLE)(nil), &RLE{}, &RLE{Size{2, 2}, []uint32{1}}, &RLE{Size{-1, 2}, []uint32{9}},
		(*Labels)(nil), &Labels{}, &Labels{Size{3, 3}, nil}, (*Input)(nil), &Input{}, &Input{Size: Size{4, 4}},
		Flip{}, ScaleJitter{}, FixedSize{}, LargeScaleJitter(0), PhotometricDistortion{}, RandomSize{}, RandomPart{}, RandomIoUCrop{}, Transforms{nil}, Transforms(nil),
		Preprocessing{}, Box{}, Corners{}, Mask{}, Polygons{}, Polygons{nil}, Size{}, Scenes{})
	for name, try := range map[string]func() error{
		"Encode":       func() error { _, err := Encode(nil, Size{}); return err },
		"short mask":   func() error { _, err := Encode(nil, Size{2, 2}); return err },
		"NewRLE":       func() error { _, err := NewRLE(Size{}, nil); return err },
		"no runs":      func() error { _, err := NewRLE(Size{1, 1}, nil); return err },
		"ParseRLE":     func() error { _, err := ParseRLE("", Size{1, 1}); return err },
		"Union":        func() error { _, err := Union(); return err },
		"of nil":       func() error { _, err := Union(nil, nil); return err },
		"DecodeLabels": func() error { _, err := DecodeLabels(nil); return err },
		"LabelsOf":     func() error { _, err := LabelsOf(Size{}, nil); return err },
		"OpenCOCO":     func() error { _, err := OpenCOCO("", ""); return err },
		"OpenVOC":      func() error { _, err := OpenVOC("", "", false, nil); return err },
		"OpenPairs":    func() error { _, err := OpenPairs("", "", nil); return err },
		"ReadResults":  func() error { _, err := ReadResults("", nil); return err },
		"WriteResults": func() error { return WriteResults(io.Discard, nil, nil, false) },
		"WriteCOCO":    func() error { return WriteCOCO(io.Discard, nil) },
	} {
		if err := try(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := (Preprocessing{}).Batch([]*Input{nil}); err == nil {
		t.Error("a batch of nil is made")
	}
	if _, err := (Preprocessing{}).Batch([]*Input{{Size: Size{4, 4}}}); err == nil {
		t.Error("a batch without pixels is made")
	}
	s := scene(t, 0)
	s.Objects[0].Mask = &RLE{Size{2, 2}, []uint32{4}}
	if _, err := (Preprocessing{}).Input(s, nil); err == nil {
		t.Error("a mask of another size is accepted")
	}
}
