package imagenet

import (
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"slices"
	"testing"
)

// TestBoxes compares what RandomResizedCrop chooses with what torchvision's does:
// means, deviations and quantiles of 20,000 each.
func TestBoxes(t *testing.T) {
	data, err := os.ReadFile("testdata/boxes.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string][5]float64
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	c := RandomResizedCrop{Scale: [2]float64{0.08, 1}, Ratio: [2]float64{3. / 4, 4. / 3}}
	for size, columns := range want {
		var all image.Point
		if _, err := fmt.Sscanf(size, "%dx%d", &all.X, &all.Y); err != nil {
			t.Fatal(err)
		}
		const n = 20000
		got := map[string][]float64{}
		rng := newRNG(4)
		for range n {
			b := c.box(all, rng)
			w, h := float64(b.Dx()), float64(b.Dy())
			for name, x := range map[string]float64{"top": float64(b.Min.Y), "left": float64(b.Min.X), "width": w, "height": h,
				"logratio": math.Log(w / h), "area": w * h / float64(all.X*all.Y)} {
				got[name] = append(got[name], x)
			}
		}
		for name, figures := range columns {
			x := got[name]
			slices.Sort(x)
			var sum, squares float64
			for _, v := range x {
				sum, squares = sum+v, squares+v*v
			}
			mean := sum / n
			deviation := math.Sqrt(squares/n - mean*mean)
			have := [5]float64{mean, deviation, x[n*5/100], x[n/2], x[n*95/100]}
			for i := range have {
				// Two samples of a median differ by some 1.8 % of the deviation.
				if math.Abs(have[i]-figures[i]) > 0.06*figures[1]+1e-9 {
					t.Errorf("%s, %s: want mean, deviation and quantiles %v, got %v", size, name, figures, have)
					break
				}
			}
		}
	}
	for size, want := range map[image.Point]image.Rectangle{
		image.Pt(1000, 3): image.Rect(498, 0, 502, 3),
		image.Pt(3, 1000): image.Rect(0, 498, 3, 502),
		image.Pt(1, 1):    image.Rect(0, 0, 1, 1),
	} {
		if got := c.box(size, newRNG(1)); got != want {
			t.Errorf("%v: want the middle %v, got %v", size, want, got)
		}
	}
}
