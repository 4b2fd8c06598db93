package detection

import (
	"math"
	"testing"
)

// TestMeter wants COCO's figures of what was found and is there.
func TestMeter(t *testing.T) {
	objects := []float32{0, 0, 10, 10, 20, 20, 40, 40, 0, 0, 0, 0}
	classes := []float32{1, 1, 0}
	row := func(box [4]float32, class, score float32) []float32 {
		return []float32{0, box[0], box[1], box[2], box[3], class, score}
	}
	none := []float32{-1, 0, 0, 0, 0, 0, 0}
	exact, near := [4]float32{0, 0, 10, 10}, [4]float32{20, 20, 40, 32.5} // IoU 1 and 0.625
	for _, test := range []struct {
		name       string
		rows       [][]float32
		mean, at50 float64
	}{
		{"nothing", [][]float32{none}, 0, 0},
		{"one of two", [][]float32{row(exact, 1, 0.9), none}, 51.0 / 101, 51.0 / 101},
		{"both, one of them nearly", [][]float32{row(exact, 1, 0.9), row(near, 1, 0.8)}, (3*1 + 7*51.0/101) / 10, 1},
		{"another class", [][]float32{row(exact, 2, 0.9)}, 0, 0},
		{"after the end", [][]float32{none, row(exact, 1, 0.9)}, 0, 0},
		{"no number", [][]float32{row(exact, 1, float32(math.NaN()))}, math.NaN(), math.NaN()},
	} {
		m := meter{classes: 3}
		var rows []float32
		for _, r := range test.rows {
			rows = append(rows, r...)
		}
		m.add(rows, objects, classes)
		got := []float64{math.NaN(), math.NaN()}
		m.Values(got)
		for i, want := range []float64{test.mean, test.at50} {
			if !(math.Abs(got[i]-want) <= 1e-12) && !(math.IsNaN(want) && math.IsNaN(got[i])) {
				t.Errorf("%s: %v, want %v and %v", test.name, got, test.mean, test.at50)
			}
		}
		m.Reset()
		got[0] = math.NaN()
		m.Values(got)
		if !math.IsNaN(got[0]) {
			t.Errorf("%v of nothing", got[0])
		}
	}
}
