package kernel

// panel is the number of columns of a packed right-hand matrix that lie
// together: what the inner loop holds in registers.
const panel = 4

// packed returns the length of a k x n matrix packed into panels.
func packed(k, n int) int { return (n + panel - 1) / panel * panel * k }

// pack lays the k x n matrix b, whose element (p, j) is b[p*row+j*col], out in
// panels of four columns, row after row, with zeros where columns are missing.
func pack(dst, b []float32, k, n, row, col int) {
	for j := 0; j < n; j += panel {
		d := dst[j*k : (j+panel)*k]
		cols := min(panel, n-j)
		if cols == panel && col == 1 {
			for p := range k {
				copy(d[p*panel:p*panel+panel], b[p*row+j:])
			}
			continue
		}
		clear(d)
		for p := range k {
			for c := range cols {
				d[p*panel+c] = b[p*row+(j+c)*col]
			}
		}
	}
}

// gemm computes c = a*b, or c += a*b, for a [m k] with rows lda apart, b packed
// by pack to k x n, and c [m n] with rows ldc apart.
func gemm(c, a, b []float32, m, n, k, lda, ldc int, add bool) {
	for j := 0; j < n; j += panel {
		bp := b[j*k : (j+panel)*k]
		cols := min(panel, n-j)
		i := 0
		for ; i+2 <= m; i += 2 {
			r := dot2x4(a[i*lda:i*lda+k], a[(i+1)*lda:(i+1)*lda+k], bp)
			store(c[i*ldc+j:i*ldc+j+cols], r[:panel], add)
			store(c[(i+1)*ldc+j:(i+1)*ldc+j+cols], r[panel:], add)
		}
		if i < m {
			r := dot2x4(a[i*lda:i*lda+k], a[i*lda:i*lda+k], bp)
			store(c[i*ldc+j:i*ldc+j+cols], r[:panel], add)
		}
	}
}

// dot2x4 multiplies two rows with a panel of four columns.
func dot2x4(x, y, b []float32) (r [2 * panel]float32) {
	var x0, x1, x2, x3, y0, y1, y2, y3 float32
	y = y[:len(x)]
	for p, u := range x {
		if len(b) < panel {
			break // never: it spares the bounds checks below
		}
		v := y[p]
		x0 += u * b[0]
		y0 += v * b[0]
		x1 += u * b[1]
		y1 += v * b[1]
		x2 += u * b[2]
		y2 += v * b[2]
		x3 += u * b[3]
		y3 += v * b[3]
		b = b[panel:]
	}
	return [...]float32{x0, x1, x2, x3, y0, y1, y2, y3}
}

func store(dst, r []float32, add bool) {
	if !add {
		copy(dst, r)
		return
	}
	for i := range dst {
		dst[i] += r[i]
	}
}
