package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// KindMatMul is that of MatMul.
const KindMatMul Kind = "matrix product"

// MatMulAttributes are those of KindMatMul.
type MatMulAttributes struct {
	Rows, Columns, Depth   int // of each product
	TransposeX, TransposeY bool
	Product                Precision
}

// MatMul multiplies matrices, those of each place in the dimensions before the last
// two, which x and y share: x [... M K] times y [... K N] gives [... M N]. With
// transposeX x is [... K M], with transposeY y is [... N K].
func (b *Builder) MatMul(layer string, x, y *gorgonia.Node, transposeX, transposeY bool) *gorgonia.Node {
	if !b.ready(layer, x, y) {
		return nil
	}
	xs, ys := x.Shape(), y.Shape()
	last := xs.Dims() - 1
	fits := last >= 1 && ys.Dims() == last+1
	for i := range max(last-1, 0) {
		fits = fits && xs[i] == ys[i]
	}
	if !fits {
		return b.failf("%s: want matrices x [... M K] and y [... K N] with the same dimensions before them, got %v and %v", b.full(layer), xs, ys)
	}
	p := kernel.MatMul{Batch: 1, M: xs[last-1], K: xs[last], N: ys[last], TransposeX: transposeX, TransposeY: transposeY}
	depth := ys[last-1]
	if transposeX {
		p.M, p.K = p.K, p.M
	}
	if transposeY {
		p.N, depth = depth, p.N
	}
	if p.K != depth {
		return b.failf("%s: a row of x has %d values and a column of y %d, want as many: got %v and %v", b.full(layer), p.K, depth, xs, ys)
	}
	out := xs.Clone()
	out[last-1], out[last] = p.M, p.N
	for _, n := range out[:last-1] {
		p.Batch *= n
	}
	return b.apply(layer, definition{
		kind: KindMatMul, attributes: MatMulAttributes{Rows: p.M, Columns: p.N, Depth: p.K, TransposeX: transposeX, TransposeY: transposeY}, out: out,
		multiplyAdds: int64(p.Batch) * int64(p.M) * int64(p.N) * int64(p.K),
		workspace:    func(func(kernel.Conv) kernel.Conv) kernel.Workspace { return p.Workspace() },
		run:          func(z []float32, in []operand) { p.Run(z, in[0].f, in[1].f) },
		diff: func(o *op, in gorgonia.Nodes, _, dz *gorgonia.Node) gorgonia.Nodes {
			x, y := in[0], in[1]
			grads := make(gorgonia.Nodes, 2)
			if o.wrt[0] {
				if transposeX {
					grads[0] = b.MatMul(layer, y, dz, transposeY, true)
				} else {
					grads[0] = b.MatMul(layer, dz, y, false, !transposeY)
				}
			}
			if o.wrt[1] {
				if transposeY {
					grads[1] = b.MatMul(layer, dz, x, true, transposeX)
				} else {
					grads[1] = b.MatMul(layer, x, dz, !transposeX, false)
				}
			}
			return grads
		},
	}, x, y)
}
