package kernel

import "math"

// loops is arithmetic in plain Go.
type loops struct{}

func (loops) name() string                           { return "go" }
func (loops) spin(int) int                           { return 0 }
func (loops) functions() *functionUnit               { return &plainFunctions }
func (loops) columns() *columnKernels                { return nil }
func (loops) uneven(int) bool                        { return false }
func (loops) repeat(_ *space, v []float32) []float32 { return v }

func (loops) relu(y, x []float32) {
	for i, v := range x {
		y[i] = max(v, 0)
	}
}

func (loops) reluGrad(dx, dy, y []float32) {
	for i, v := range y {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}

func (loops) add(z, x, y []float32) {
	for i, v := range x {
		z[i] = v + y[i]
	}
}

func (loops) addReLU(z, x, y []float32) {
	for i, v := range x {
		z[i] = max(v+y[i], 0)
	}
}

func (loops) sgd(w, v, grad []float32, rate, momentum, decay float32, nesterov bool) {
	v, grad = v[:len(w)], grad[:len(w)]
	for i, g := range grad {
		g += decay * w[i]
		v[i] = momentum*v[i] + g
		if nesterov {
			w[i] -= rate * (g + momentum*v[i])
		} else {
			w[i] -= rate * v[i]
		}
	}
}

func (loops) copyPixels(dst, src []float32, pixels, c, to, from int) {
	for i := range pixels {
		copy(dst[i*to:i*to+c], src[i*from:])
	}
}

func (loops) maxPool(_ *space, y []float32, at []int32, p *Pool, image []float32, top, left, height, width int) {
	for c := range y {
		y[c], at[c] = float32(math.Inf(-1)), -1
	}
	for h := top; h < top+height; h++ {
		for w := left; w < left+width; w++ {
			place := h*p.W + w
			for c, v := range image[place*p.C : (place+1)*p.C] {
				if v > y[c] || at[c] < 0 || v != v {
					y[c], at[c] = v, int32(place)
				}
			}
		}
	}
}

func (loops) affine(y, x, scale, shift, shortcut []float32, c int, a Activation) {
	for i := 0; i < len(x); i += c {
		row := y[i : i+c]
		shift := shift[:len(row)]
		scale := scale[:len(row)]
		for j, v := range x[i : i+c] {
			row[j] = v*scale[j] + shift[j]
		}
		if shortcut != nil {
			for j, v := range shortcut[i : i+c] {
				row[j] += v
			}
		}
		a.onItsWay(row)
	}
}

func (loops) affineGradSums(_ *space, sum []float64, dz, dy, y, x, center []float32, c int) {
	a, b := sum[:c], sum[c:2*c]
	for i := 0; i < len(x); i += c {
		xs := x[i : i+c]
		for j, g := range dy[i : i+c] {
			if y != nil && !(y[i+j] > 0) {
				g = 0
			}
			if dz != nil {
				dz[i+j] = g
			}
			a[j] += float64(g) * float64(xs[j]-center[j])
			b[j] += float64(g)
		}
	}
}

func (loops) affineGradInput(dx, dy, y, x, a, b, k []float32, c int) {
	for i := 0; i < len(x); i += c {
		row, dz, xs := dx[i:i+c], dy[i:i+c], x[i:i+c]
		if y == nil {
			for j, g := range dz {
				row[j] = a[j]*g + b[j]*xs[j] + k[j]
			}
			continue
		}
		for j, v := range y[i : i+c] {
			var g float32
			if v > 0 {
				g = dz[j]
			}
			row[j] = a[j]*g + b[j]*xs[j] + k[j]
		}
	}
}

func (loops) moments(_ *space, sum []float64, x, pivot []float32) {
	c := len(sum) / 2
	a, b := sum[:c], sum[c:2*c]
	for i := 0; i < len(x); i += c {
		for j, v := range x[i : i+c] {
			f := float64(v) - float64(pivot[j])
			a[j] += f
			b[j] += f * f
		}
	}
}
