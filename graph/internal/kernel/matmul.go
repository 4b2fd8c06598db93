package kernel

// Products of matrices with a right-hand side in panels, each two registers wide.

// panelWidth is the columns of a panel.
func (f *functionUnit) panelWidth() int { return 2 * f.width }

// panels is n rounded up to whole panels.
func (f *functionUnit) panels(n int) int {
	w := f.panelWidth()
	return (n + w - 1) / w * w
}

// packRows lays out the rows of src, stride floats apart, as panels [panels rows
// panel], with zeros for columns that are missing.
func (f *functionUnit) packRows(dst, src []float32, rows, cols, stride int) {
	w := f.panelWidth()
	for j := 0; j < cols; j += w {
		d := dst[j*rows:][:rows*w]
		n := min(w, cols-j)
		for p := range rows {
			copy(d[p*w:p*w+n], src[p*stride+j:])
			clear(d[p*w+n : (p+1)*w])
		}
	}
}

// packColumns is packRows of the transpose of src [cols rows].
func (f *functionUnit) packColumns(dst, src []float32, rows, cols, stride int) {
	w := f.panelWidth()
	for j := 0; j < cols; j += w {
		d := dst[j*rows:][:rows*w]
		if cols-j < w {
			clear(d)
		}
		for k := range min(w, cols-j) {
			at := k
			for _, v := range src[(j+k)*stride:][:rows] {
				d[at] = v
				at += w
			}
		}
	}
}

// leftHand is a left-hand matrix: its element (i, p) is data[i*row+p*col].
type leftHand struct {
	data     []float32
	row, col int
}

// multiply computes y = a*b, or adds that to y, for m rows and n columns, of which y
// has whole panels. The panels of b, span floats apart, are depth rows deep.
func (f *functionUnit) multiply(y []float32, yrow int, a leftHand, b []float32, span, m, n, depth int, add bool) {
	w, flag := f.panelWidth(), 0
	if add {
		flag = 1
	}
	most := len(f.matTile) - 1
	tiles := (m + most - 1) / most
	for j := 0; j < n; j += w {
		from := &b[j/w*span]
		for t := range tiles {
			lo, hi := chunk(m, tiles, t)
			f.matTile[hi-lo](&y[lo*yrow+j], &a.data[lo*a.row], from, depth, a.row, a.col, yrow, flag)
		}
	}
}

// MatMul is the shape of products of matrices: for each of Batch, x [M K] times y
// [K N] gives z [M N]. With TransposeX x is [K M], with TransposeY y is [N K].
type MatMul struct {
	Batch, M, N, K         int
	TransposeX, TransposeY bool
}

// Workspace is what Run takes.
func (p MatMul) Workspace() Workspace {
	wide := functions().panels(p.N)
	return Workspace{Task: room(p.K*wide, matRows*wide)}
}

// matRows is how many rows of a product are worked on at once.
const matRows = 48

// Run computes z.
func (p MatMul) Run(z, x, y []float32) {
	f := functions()
	shares := min(max(fewTasks/p.Batch, 1), (p.M+matRows-1)/matRows)
	parallelIn(p.Workspace().Task, p.Batch*shares, func(s *space, task int) {
		i := task / shares
		x, y, z := x[i*p.M*p.K:][:p.M*p.K], y[i*p.K*p.N:][:p.K*p.N], z[i*p.M*p.N:][:p.M*p.N]
		wide := f.panels(p.N)
		b := s.floats.get(p.K * wide)
		if p.TransposeY {
			f.packColumns(b, y, p.K, p.N, p.K)
		} else {
			f.packRows(b, y, p.K, p.N, p.N)
		}
		a := leftHand{x, p.K, 1}
		if p.TransposeX {
			a = leftHand{x, 1, p.M}
		}
		out := s.floats.get(matRows * wide)
		from, to := chunk(p.M, shares, task%shares)
		for lo := from; lo < to; lo += matRows {
			rows := min(matRows, to-lo)
			a := leftHand{a.data[lo*a.row:], a.row, a.col}
			f.multiply(out, wide, a, b, p.K*f.panelWidth(), rows, p.N, p.K, false)
			for r := range rows {
				copy(z[(lo+r)*p.N:(lo+r+1)*p.N], out[r*wide:])
			}
		}
	})
}
