package kernel

import "math"

// GroupNorm is group normalisation (Wu and He 2018) of x [N pixels C]: mean and
// variance are those of a picture's group of C/Groups channels.
type GroupNorm struct {
	N, C, Groups int
	Epsilon      float64
}

// Forward computes y = weight*(x-mean)*invstd + bias, with mean and
// 1/sqrt(biased variance + Epsilon) [N Groups], which are left there. y may lie where
// x does.
func (g GroupNorm) Forward(y, x, weight, bias []float32, mean, invstd []float64) {
	width := g.C / g.Groups
	g.each(len(x), func(_ *space, i, group, from, to int) {
		m, v := 0.0, 0.0
		for at := from; at < to; at += g.C {
			for _, v := range x[at : at+width] {
				m += float64(v)
			}
		}
		n := float64((to - from + g.C - width) / g.C * width)
		m /= n
		for at := from; at < to; at += g.C {
			for _, x := range x[at : at+width] {
				d := float64(x) - m
				v += d * d
			}
		}
		inv := 1 / math.Sqrt(v/n+g.Epsilon)
		mean[i], invstd[i] = m, inv
		w, b := weight[group*width:][:width], bias[group*width:][:width]
		center, scale := float32(m), float32(inv)
		for at := from; at < to; at += g.C {
			out := y[at : at+width]
			for c, v := range x[at : at+width] {
				out[c] = (v-center)*scale*w[c] + b[c]
			}
		}
	})
}

// BackwardInput computes dx = invstd*(z - mean(z) - xhat*mean(z*xhat)) with
// z = dy*weight and xhat = (x-mean)*invstd. dx may lie where dy or x does.
func (g GroupNorm) BackwardInput(dx, dy, x, weight []float32, mean, invstd []float64) {
	width := g.C / g.Groups
	g.each(len(x), func(_ *space, i, group, from, to int) {
		w := weight[group*width:][:width]
		m, inv := mean[i], invstd[i]
		var sum, along float64
		for at := from; at < to; at += g.C {
			d := dy[at : at+width]
			for c, v := range x[at : at+width] {
				z := float64(d[c]) * float64(w[c])
				sum += z
				along += z * (float64(v) - m)
			}
		}
		n := float64((to - from + g.C - width) / g.C * width)
		a, b := float32(sum/n), float32(along*inv*inv/n)
		center, scale := float32(m), float32(inv)
		for at := from; at < to; at += g.C {
			d, out := dy[at:at+width], dx[at:at+width]
			for c, v := range x[at : at+width] {
				out[c] = scale * (d[c]*w[c] - a - (v-center)*b)
			}
		}
	})
}

// Workspace is what BackwardParameters works in: sums for each picture.
func (g GroupNorm) Workspace() Workspace { return Workspace{Sums: 2 * g.N * g.C} }

// BackwardParameters computes dweight = sum(dy*xhat) and dbias = sum(dy) [C].
func (g GroupNorm) BackwardParameters(dweight, dbias, dy, x []float32, mean, invstd []float64) {
	width := g.C / g.Groups
	held := takeWork(g.Workspace())
	defer held.release()
	sums := held.sums.get(2 * g.N * g.C)
	clear(sums)
	g.each(len(x), func(_ *space, i, group, from, to int) {
		a := sums[2*(i/g.Groups)*g.C+group*width:][:width]
		b := sums[(2*(i/g.Groups)+1)*g.C+group*width:][:width]
		m, inv := mean[i], invstd[i]
		for at := from; at < to; at += g.C {
			d := dy[at : at+width]
			for c, v := range x[at : at+width] {
				a[c] += float64(d[c]) * (float64(v) - m) * inv
				b[c] += float64(d[c])
			}
		}
	})
	for c := range g.C {
		var w, b float64
		for n := range g.N {
			w += sums[2*n*g.C+c]
			b += sums[(2*n+1)*g.C+c]
		}
		dweight[c], dbias[c] = float32(w), float32(b)
	}
}

// each calls f for every group of every picture of n values: its number, its number
// within the picture, and where its channels begin in the first pixel and, beyond
// the last, end.
func (g GroupNorm) each(n int, f func(s *space, i, group, from, to int)) {
	size := n / g.N
	parallel(g.N*g.Groups, func(s *space, i int) {
		group := i % g.Groups
		from := i/g.Groups*size + group*(g.C/g.Groups)
		f(s, i, group, from, (i/g.Groups+1)*size)
	})
}
