package diffusion

import (
	"image"
	"image/color"
	"math"
	"testing"
)

func TestGrid(t *testing.T) {
	x := make([]float32, 5*2*3*3) // five pictures of 2x3
	set := func(picture, row, column int, rgb ...float32) { copy(x[((picture*2+row)*3+column)*3:], rgb) }
	set(0, 0, 0, -1, 0, 1)
	set(4, 1, 2, -3, 7, float32(math.NaN()))
	m, err := Grid(x, []int{2, 3, 3}, 0)
	if err != nil || m.Bounds() != image.Rect(0, 0, 2+3*5, 2+2*4) {
		t.Fatalf("%v, %v", m.Bounds(), err)
	}
	for at, want := range map[image.Point]color.NRGBA{
		{}:                           {255, 255, 255, 255},
		{X: 2, Y: 2}:                 {0, 128, 255, 255},
		{X: 3, Y: 2}:                 {128, 128, 128, 255},
		{X: 5, Y: 2}:                 {255, 255, 255, 255},
		{X: 2 + 5 + 2, Y: 2 + 4 + 1}: {0, 255, 0, 255},
		{X: 2 + 10, Y: 2 + 4}:        {255, 255, 255, 255}, // of no picture
	} {
		if got := m.NRGBAAt(at.X, at.Y); got != want {
			t.Errorf("pixel %v is %v, want %v", at, got, want)
		}
	}
	if m, err := Grid([]float32{1, -1}, []int{1, 1, 1}, 9); err != nil || m.NRGBAAt(2, 2) != (color.NRGBA{255, 255, 255, 255}) || m.NRGBAAt(5, 2) != (color.NRGBA{0, 0, 0, 255}) {
		t.Errorf("gray: %v", err)
	}
	for _, bad := range []struct {
		n, columns int
		shape      []int
	}{{0, 0, []int{2, 3, 3}}, {17, 0, []int{2, 3, 3}}, {18, -1, []int{2, 3, 3}}, {18, 0, []int{3, 3, 2}}, {18, 0, []int{18}}, {18, 0, []int{0, 3, 3}}} {
		if _, err := Grid(make([]float32, bad.n), bad.shape, bad.columns); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
