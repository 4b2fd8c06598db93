package weights

import (
	"math"
	"slices"
	"strings"
)

// Positions of Transformers that look at pictures: [1 1+side*side C], those of a class
// token and of the patches row by row.

// positionsEnd is how the names of learnt positions end.
const positionsEnd = "pos_embedding"

// isPositions tells whether the shapes are those of positions for pictures of two
// sizes, under such a name.
func isPositions(name string, shape, want []int) bool {
	return strings.HasSuffix(name, positionsEnd) && len(shape) == 3 && len(want) == 3 && shape[0] == 1 && want[0] == 1 && shape[2] == want[2] &&
		sideOf(shape) > 0 && sideOf(want) > 0
}

// sideOf is how many patches make the side of a picture, 0 if they make no square.
func sideOf(positions []int) int {
	side := int(math.Round(math.Sqrt(float64(positions[1] - 1))))
	if positions[1] < 2 || side*side != positions[1]-1 {
		return 0
	}
	return side
}

// resizePositions gives positions another shape as torchvision's
// interpolate_embeddings does: those of the patches by cubic interpolation with the
// corners where they are, that of the class token as it is.
func resizePositions(a Array, shape []int) Array {
	from, to, c := sideOf(a.Shape), sideOf(shape), shape[2]
	data := make([]float32, size(shape))
	copy(data, a.Data[:c])
	places := make([]place, to)
	for i := range places {
		places[i] = cubicPlace(i, from, to)
	}
	grid := a.Data[c:]
	for i, row := range places {
		for j, col := range places {
			out := data[(1+i*to+j)*c:][:c]
			for k := range out {
				sum := 0.0
				for r, wr := range row.weights {
					for s, ws := range col.weights {
						sum += wr * ws * float64(grid[(row.taps[r]*from+col.taps[s])*c+k])
					}
				}
				out[k] = float32(sum)
			}
		}
	}
	return Array{Name: a.Name, Shape: slices.Clone(shape), Data: data}
}

// place is where a value is interpolated from, with what weights.
type place struct {
	taps    [4]int
	weights [4]float64
}

// cubicPlace is that of value i of n along m, whose ends lie on each other, by Keys'
// cubic convolution with a = -0.75; beyond the edge is the value at it.
func cubicPlace(i, m, n int) (p place) {
	at := 0.0
	if n > 1 {
		at = float64(i) * float64(m-1) / float64(n-1)
	}
	whole := math.Floor(at)
	for t := range p.taps {
		tap := int(whole) - 1 + t
		p.taps[t] = min(max(tap, 0), m-1)
		p.weights[t] = cubic(math.Abs(at - float64(tap)))
	}
	return p
}

func cubic(x float64) float64 {
	const a = -0.75
	if x <= 1 {
		return ((a+2)*x-(a+3))*x*x + 1
	}
	return ((a*x-5*a)*x+8*a)*x - 4*a
}
