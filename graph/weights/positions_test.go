package weights

import (
	"math"
	"testing"
)

// TestResizePositions compares with torchvision's interpolate_embeddings of values
// (7i mod 5) - 2 + i/4 for position i, computed by torchvision 0.29.
func TestResizePositions(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     []float64
	}{
		{2, 3, []float64{-2, 0.25, 1.375, 2.5, 0, 1.125, 2.25, -0.25, 0.875, 2}},
		{4, 3, []float64{-2, 0.25, 1.125, 2, 1.25, 2.125, 3, 2.25, 3.125, 4}},
		{3, 5, []float64{-2, 0.25, 1.63281, 2.5, 1.33594, -0.25, 0.96094, 0.85938, 0.71094, 0.5625, 0.46094, 2, 0.41406, -0.75, 0.11719, 1.5,
			3.03906, 1.1748, -0.17969, 0.87793, 2.53906, 3.75, 2.16406, 1, 1.86719, 3.25}},
		{2, 1, []float64{-2, 0.25}},
	} {
		const channels = 2 //, of which the second is the first's negative
		n := 1 + c.from*c.from
		a := Array{Name: "encoder.pos_embedding", Shape: []int{1, n, channels}}
		for i := range n {
			v := float32(i*7%5) - 2 + float32(i)/4
			a.Data = append(a.Data, v, -v)
		}
		want := []int{1, 1 + c.to*c.to, channels}
		if !isPositions(a.Name, a.Shape, want) {
			t.Fatalf("%v and %v are not known as positions", a.Shape, want)
		}
		got := resizePositions(a, want)
		if len(got.Data) != channels*len(c.want) || got.Shape[1] != want[1] {
			t.Fatalf("%d to %d: shape %v with %d values", c.from, c.to, got.Shape, len(got.Data))
		}
		for i, w := range c.want {
			if v := float64(got.Data[channels*i]); math.Abs(v-w) > 1e-5 || got.Data[channels*i+1] != -got.Data[channels*i] {
				t.Errorf("%d to %d: position %d is %v, want %v", c.from, c.to, i, v, w)
			}
		}
	}
	for _, shape := range [][]int{{1, 4, 2}, {1, 5, 3}, {1, 1, 2}, {5, 2}} {
		if isPositions("encoder.pos_embedding", shape, []int{1, 10, 2}) {
			t.Errorf("%v counts as positions to resize", shape)
		}
	}
}
