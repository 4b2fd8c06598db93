package detection

import (
	"math"
	"testing"
)

// TestPrecision compares with what pycocotools says of the same boxes.
func TestPrecision(t *testing.T) {
	objects := []float32{0, 0, 10, 10, 20, 20, 40, 40, 0, 0, 0, 0}
	classes := []float32{1, 1, 0}
	row := func(box [4]float32, class, score float32) []float32 {
		return []float32{0, box[0], box[1], box[2], box[3], class, score}
	}
	none := []float32{-1, 0, 0, 0, 0, 0, 0}
	exact, near := [4]float32{0, 0, 10, 10}, [4]float32{20, 20, 40, 32} // IoU 1 and 0.6
	for _, test := range []struct {
		name       string
		rows       [][]float32
		mean, at50 float64
	}{
		{"nothing", [][]float32{none}, 0, 0},
		{"one of two", [][]float32{row(exact, 1, 0.9), none}, 51.0 / 101, 51.0 / 101},
		{"both, one of them nearly", [][]float32{row(exact, 1, 0.9), row(near, 1, 0.8)}, (3*1 + 7*51.0/101) / 10, 1},
		{"one twice", [][]float32{row(exact, 1, 0.9), row(exact, 1, 0.8)}, 51.0 / 101, 51.0 / 101},
		{"a wrong one first", [][]float32{row([4]float32{50, 50, 60, 60}, 1, 0.95), row(exact, 1, 0.9)}, 51.0 / 101 / 2, 51.0 / 101 / 2},
		{"another class", [][]float32{row(exact, 2, 0.9)}, 0, 0},
		{"after the end", [][]float32{none, row(exact, 1, 0.9)}, 0, 0},
	} {
		var p precision
		var rows []float32
		for _, r := range test.rows {
			rows = append(rows, r...)
		}
		p.add(rows, objects, classes)
		if mean, at50 := p.values(); math.Abs(mean-test.mean) > 1e-12 || math.Abs(at50-test.at50) > 1e-12 {
			t.Errorf("%s: %v and %v, want %v and %v", test.name, mean, at50, test.mean, test.at50)
		}
	}
	var p precision
	if mean, _ := p.values(); !math.IsNaN(mean) {
		t.Errorf("%v without objects", mean)
	}
}
