//go:build amd64 && !noasm

package kernel

func (v vectors) adam(w, m, second, grad []float32, c AdamStep) {
	// Called by name: what is handed to a function in a variable is allocated.
	done := len(w) / v.u.width
	switch {
	case done == 0:
	case v.u == avx512:
		adamAVX512(&w[0], &m[0], &second[0], &grad[0], &c.First, done)
	default:
		adamAVX2(&w[0], &m[0], &second[0], &grad[0], &c.First, done)
	}
	done *= v.u.width
	v.loops.adam(w[done:], m[done:], second[done:], grad[done:], c)
}
