package scoring

import (
	"math"
	"slices"
	"testing"
)

func TestPixels(t *testing.T) {
	p, err := NewPixels(4)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(p.Accuracy()) || !math.IsNaN(p.MeanIoU()) {
		t.Error("no pixels have a figure")
	}
	other, _ := NewPixels(4)
	if err := p.Add([]uint8{0, 0, 0, 1, 255}, []uint8{0, 0, 1, 1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := other.Add([]uint8{2, 2, 9, 1}, []uint8{2, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if err := p.Merge(other); err != nil {
		t.Fatal(err)
	}
	// Rows: 2 1 0, 1 1 0, 1 0 1; the pixels of 255 and 9 do not count.
	if got, want := p.Accuracy(), 4.0/7; got != want {
		t.Errorf("accuracy %v, want %v", got, want)
	}
	if got, want := p.IoU()[:3], []float64{2.0 / 5, 1.0 / 3, 1.0 / 2}; !slices.Equal(got, want) || !math.IsNaN(p.IoU()[3]) {
		t.Errorf("IoU %v, want %v and none", p.IoU(), want)
	}
	if got, want := p.MeanIoU(), (2.0/5+1.0/3+1.0/2)/3; !(math.Abs(got-want) < 1e-15) {
		t.Errorf("mean IoU %v, want %v", got, want)
	}
	if got, want := p.ClassAccuracy()[:3], []float64{2.0 / 3, 1.0 / 2, 1.0 / 2}; !slices.Equal(got, want) {
		t.Errorf("accuracies %v, want %v", got, want)
	}
	if p.Count(0, 1) != 1 || p.Count(2, 2) != 1 || p.Count(4, 0) != 0 || p.Count(-1, 0) != 0 || p.Classes() != 4 {
		t.Error("the counts are others")
	}
}

func TestPixelsRefused(t *testing.T) {
	for _, n := range []int{-1, 0, 256} {
		if _, err := NewPixels(n); err == nil {
			t.Errorf("%d classes are accepted", n)
		}
	}
	p, _ := NewPixels(3)
	two, _ := NewPixels(2)
	if p.Add([]uint8{0}, []uint8{0, 1}) == nil || p.Add([]uint8{0, 255}, []uint8{0, 3}) == nil || p.Merge(two) == nil {
		t.Error("what does not go together is counted")
	}
	if !math.IsNaN(p.Accuracy()) {
		t.Error("something was counted")
	}
}
