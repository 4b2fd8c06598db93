package voc

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// box is VOC's as COCO's: the first pixel is 0, and the last one is inside.
func box(b []float64) annotations.Box {
	return annotations.Box{X: b[0] - 1, Y: b[1] - 1, Width: b[2] - b[0] + 1, Height: b[3] - b[1] + 1}
}

// TestAP compares with testdata/voc.py.
func TestAP(t *testing.T) {
	var golden struct {
		Truth, Found [][]float64
		Cases        []struct {
			IoU    float64
			Eleven bool
			AP     []float64
		}
	}
	data, err := os.ReadFile("testdata/cases.json")
	if err == nil {
		err = json.Unmarshal(data, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The fourth class has no object.
	set := &annotations.Set{Categories: make([]annotations.Category, 4), Pictures: make([]annotations.Picture, 12)}
	for _, o := range golden.Truth {
		p := &set.Pictures[int(o[0])]
		p.Objects = append(p.Objects, annotations.Object{Category: int(o[1]), Box: box(o[2:6]), Difficult: o[6] == 1})
	}
	var found []annotations.Detection
	for _, d := range golden.Found {
		found = append(found, annotations.Detection{Picture: int(d[0]), Category: int(d[1]), Box: box(d[2:6]), Score: d[6]})
	}
	for _, c := range golden.Cases {
		o := Options{IoU: c.IoU}
		if c.Eleven {
			o.Rule = Eleven
		}
		r, err := Evaluate(set, found, o)
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for k, want := range c.AP {
			if got := r.Classes[k].AP; !(math.Abs(got-want) < 1e-12) {
				t.Errorf("%+v: class %d has %v, want %v", o, k, got, want)
			}
			mean += want / 3
		}
		if !(math.Abs(r.Mean-mean) < 1e-12) || !math.IsNaN(r.Classes[3].AP) {
			t.Errorf("%+v: mean %v and %v, want %v and none", o, r.Mean, r.Classes[3].AP, mean)
		}
	}
	if r, err := Evaluate(set, nil, Options{}); err != nil || r.Mean != 0 {
		t.Errorf("nothing found: %v, %v", r, err)
	}
}

func TestRefused(t *testing.T) {
	set := &annotations.Set{Categories: make([]annotations.Category, 1), Pictures: make([]annotations.Picture, 1)}
	for name, d := range map[string]annotations.Detection{
		"picture":  {Picture: 1},
		"before":   {Picture: -1},
		"category": {Category: 1},
		"score":    {Score: math.NaN()},
	} {
		if _, err := Evaluate(set, []annotations.Detection{d}, Options{}); err == nil {
			t.Errorf("a detection with another %s is counted", name)
		}
	}
	if _, err := Evaluate(nil, nil, Options{}); err == nil {
		t.Error("no set is counted")
	}
	if _, err := Evaluate(set, nil, Options{IoU: 1.5}); err == nil {
		t.Error("an IoU of 1.5 is accepted")
	}
}
