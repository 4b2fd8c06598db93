//go:build amd64 && !noasm

package kernel

// adamRegisters does what there are whole registers for, and says how many values that
// are.
func adamRegisters(w, m, v, grad []float32, c *AdamStep) (done int) {
	// Called directly: the coefficients of what is called by a variable are allocated.
	switch n := len(w); {
	case unit == avx512 && n >= 16:
		adamAVX512(&w[0], &m[0], &v[0], &grad[0], &c.First, n/16)
		return n / 16 * 16
	case unit == avx2 && n >= 8:
		adamAVX2(&w[0], &m[0], &v[0], &grad[0], &c.First, n/8)
		return n / 8 * 8
	}
	return 0
}
