package coco

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// parse puts a part of a golden into a file and reads it.
func parse(t *testing.T, truth json.RawMessage) *annotations.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := os.WriteFile(path, truth, 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := annotations.OpenCOCO(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func kindOf(s string) Kind {
	if s == "segm" {
		return Masks
	}
	return Boxes
}

func compare(t *testing.T, name string, got Figures, want [12]float64) {
	t.Helper()
	for i, v := range got.List() {
		if !(math.Abs(v-want[i]) <= 1e-12) {
			t.Errorf("%s: figure %d is %v, want %v", name, i, v, want[i])
		}
	}
}

// TestFigures compares with pycocotools; testdata/figures.py made the cases.
func TestFigures(t *testing.T) {
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Truths map[string]json.RawMessage
		Cases  []struct {
			Name, Truth, Kind string
			Results           json.RawMessage
			Figures           [12]float64
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	var last json.RawMessage // the results of a case without its own
	for _, c := range golden.Cases {
		name := c.Kind + " " + c.Name + " " + c.Truth
		set := parse(t, golden.Truths[c.Truth])
		if string(c.Results) != "null" {
			last = c.Results
		}
		path := filepath.Join(t.TempDir(), "results.json")
		if err := os.WriteFile(path, last, 0o600); err != nil {
			t.Fatal(err)
		}
		results, err := annotations.ReadResults(path, set)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r, err := Evaluate(set, results.Detections, kindOf(c.Kind))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compare(t, name, r.Figures, c.Figures)
	}
	if len(golden.Cases) < 20 {
		t.Errorf("%d cases", len(golden.Cases))
	}
}

// source is figures.py's Random.
type source uint64

func (s *source) unit() float64 {
	*s = *s*6364136223846793005 + 1442695040888963407
	return float64(*s>>33) / (1 << 31)
}

func (s *source) below(n int) int { return int(s.unit() * float64(n)) }

// crowded is figures.py's.
func crowded(t *testing.T, set *annotations.Set, order map[int64]int) *annotations.Set {
	t.Helper()
	out := *set
	out.Pictures = slices.Clone(set.Pictures)
	for i := range out.Pictures {
		p := &out.Pictures[i]
		p.Objects = slices.Clone(p.Objects)
		for k := range p.Objects {
			if o := &p.Objects[k]; order[o.ID]%5 == 0 {
				mask, err := o.Mask.Runs(p.Size)
				if err != nil {
					t.Fatal(err)
				}
				o.Mask, o.Crowd = annotations.Mask{RLE: mask}, true
			}
		}
	}
	return &out
}

// detections is figures.py's.
func detections(t testing.TB, set *annotations.Set, rule string, kind Kind) []annotations.Detection {
	t.Helper()
	r := source(3)
	var out []annotations.Detection
	for i, p := range set.Pictures {
		for _, o := range p.Objects {
			times := 1
			if rule != "perfect" {
				times = r.below(4)
			}
			for range times {
				d := annotations.Detection{Picture: i, Category: o.Category, Score: 1, Box: o.Box}
				dx, dy := 0.0, 0.0
				if rule != "perfect" {
					dx, dy = float64(r.below(9)-4), float64(r.below(9)-4)
					d.Box.Width *= 0.8 + float64(0.4*r.unit())
					d.Box.Height *= 0.8 + float64(0.4*r.unit())
					switch rule {
					case "tied":
						d.Score = 0.5
					case "few":
						d.Score = float64(r.below(40)) / 40
					default:
						d.Score = r.unit()
					}
					if r.unit() < 0.1 {
						d.Category = r.below(len(set.Categories))
					}
				}
				d.Box.X, d.Box.Y = d.Box.X+dx, d.Box.Y+dy
				if kind == Masks {
					moved := make(annotations.Polygons, len(o.Mask.Polygons))
					for k, points := range o.Mask.Polygons {
						moved[k] = slices.Clone(points)
						for at := range moved[k] {
							moved[k][at] += [2]float64{dx, dy}[at%2]
						}
					}
					var err error
					if d.Mask, err = moved.RLE(p.Size); err != nil {
						t.Fatal(err)
					}
				}
				out = append(out, d)
			}
		}
	}
	if rule == "shuffled" {
		for i := len(out) - 1; i > 0; i-- {
			k := r.below(i + 1)
			out[i], out[k] = out[k], out[i]
		}
	}
	return out
}

// TestPhotographs compares with pycocotools on COCO's photographs; testdata/figures.py made the
// figures.
func TestPhotographs(t *testing.T) {
	data := os.Getenv("GORGONET_DATA")
	if data == "" {
		t.Skip("GORGONET_DATA names no folder of data")
	}
	for part, cases := range photographs {
		path := filepath.Join(data, "coco-sample", "instances_"+part+".json")
		set, err := annotations.OpenCOCO(path, "")
		if err != nil {
			t.Fatal(err)
		}
		order := fileOrder(t, path)
		crowds := crowded(t, set, order)
		for _, c := range cases {
			var found []annotations.Detection
			if c.rule != "empty" {
				found = detections(t, set, c.rule, kindOf(c.kind))
			}
			truth := set
			if c.truth == "crowds" {
				truth = crowds
			}
			r, err := Evaluate(truth, found, kindOf(c.kind))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, part+" "+c.kind+" "+c.rule+" "+c.truth, r.Figures, c.figures)
		}
	}
}

// fileOrder is where in its file each annotation is.
func fileOrder(t *testing.T, path string) map[int64]int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Annotations []struct{ ID int64 } }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	order := map[int64]int{}
	for i, a := range file.Annotations {
		order[a.ID] = i
	}
	return order
}
