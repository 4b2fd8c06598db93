package kernel

import (
	"math"
	"slices"
	"unsafe"
)

// plainFunctions are the functions in plain Go.
var plainFunctions = functionUnit{
	width: 8,
	exp: func(x, y []float32) {
		for i, v := range x {
			y[i] = float32(math.Exp(float64(v)))
		}
	},
	rowMax: func(x []float32) float32 {
		if len(x) == 0 {
			return float32(math.Inf(-1))
		}
		return slices.Max(x)
	},
	expSum: func(x, y []float32, scale, shift float32) float32 {
		sum := 0.0
		for i, v := range x {
			e := math.Exp(float64(v)*float64(scale) - float64(shift))
			y[i] = float32(e)
			sum += e
		}
		return float32(sum)
	},
	scale: func(x, y []float32, factor float32) {
		for i, v := range x {
			y[i] = v * factor
		}
	},
	dot: func(x, y []float32) float32 {
		sum := 0.0
		for i, v := range x {
			sum += float64(v) * float64(y[i])
		}
		return float32(sum)
	},
	softmaxGrad: func(x, dy, dx []float32, along, scale float32) {
		for i, v := range x {
			dx[i] = v * ((dy[i] - along) * scale)
		}
	},
	add: func(x, y, z []float32) {
		for i, v := range x {
			z[i] = v + y[i]
		}
	},
	mul: func(x, y, z []float32) {
		for i, v := range x {
			z[i] = v * y[i]
		}
	},
	rowMoments: func(x []float32, center float32) (sum, square float32) {
		var s, q float64
		for _, v := range x {
			d := float64(v - center)
			s += d
			q += d * d
		}
		return float32(s), float32(q)
	},
	normRow: func(x, weight, bias, y []float32, mean, invstd float32) {
		for i, v := range x {
			y[i] = (v-mean)*invstd*weight[i] + bias[i]
		}
	},
	normGradSums: func(x, dy, weight []float32, mean, invstd float32) (sum, along float32) {
		var s, a float64
		for i, v := range x {
			g := float64(dy[i]) * float64(weight[i])
			s += g
			a += g * float64((v-mean)*invstd)
		}
		return float32(s), float32(a)
	},
	normGradRow: func(x, dy, weight, dx []float32, mean, invstd, a, b float32) {
		for i, v := range x {
			dx[i] = invstd * (dy[i]*weight[i] - a - (v-mean)*invstd*b)
		}
	},
	columnSums: func(sum *float64, x *float32, rows, stride int) {
		const width = 8
		sums, xs := unsafe.Slice(sum, width), unsafe.Slice(x, (rows-1)*stride/4+width)
		for r := 0; r < rows*stride/4; r += stride / 4 {
			for j, v := range xs[r : r+width] {
				sums[j] += float64(v)
			}
		}
	},
	normColumns: func(x, dy, mean, invstd, along, sum []float32, stride int) {
		clear(along)
		clear(sum)
		for r, m := range mean {
			for j := range sum {
				g := dy[r*stride+j]
				along[j] += g * ((x[r*stride+j] - m) * invstd[r])
				sum[j] += g
			}
		}
	},
	matTile: []func(y, a, b *float32, depth, arow, acol, yrow, add int){nil, plainTile(1), plainTile(2)},
}

// plainTile is matTile of so many rows.
func plainTile(rows int) func(y, a, b *float32, depth, arow, acol, yrow, add int) {
	const panel = 16
	return func(y, a, b *float32, depth, arow, acol, yrow, add int) {
		as := unsafe.Slice(a, (rows-1)*arow+(depth-1)*acol+1)
		bs := unsafe.Slice(b, depth*panel)
		ys := unsafe.Slice(y, (rows-1)*yrow+panel)
		for i := range rows {
			var sum [panel]float32
			for p := range depth {
				v := as[i*arow+p*acol]
				for j, w := range bs[p*panel : (p+1)*panel] {
					sum[j] += v * w
				}
			}
			to := ys[i*yrow : i*yrow+panel]
			for j, v := range sum {
				if add != 0 {
					v += to[j]
				}
				to[j] = v
			}
		}
	}
}
