package detection

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// join puts what a head says about the anchors of all levels, [N H W A*values] each, one after
// the other: [N T values], by level, row, column and anchor.
func join(b *graph.Builder, layer string, levels []*gorgonia.Node, values int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	n, size := levels[0].Shape()[0], 0 // of a picture
	for _, l := range levels {
		size += l.Shape().TotalSize() / n
	}
	return b.Apply(layer, graph.CustomOp{
		Kind: "join levels", Shape: []int{n, size / values, values},
		Forward: func(y []float32, in ...[]float32) {
			for i := range n {
				to := y[i*size : (i+1)*size]
				for _, x := range in {
					part := len(x) / n
					copy(to, x[i*part:(i+1)*part])
					to = to[part:]
				}
			}
		},
		Gradient: func(d graph.Differentiation) gorgonia.Nodes {
			grads := make(gorgonia.Nodes, len(d.Inputs))
			before := 0
			for i, x := range d.Inputs {
				part, skip := x.Shape().TotalSize()/n, before
				before += part
				if !d.Wanted[i] {
					continue
				}
				grads[i] = d.Apply(d.Layer, graph.CustomOp{
					Kind: "join levels", Role: graph.Gradient, Shape: x.Shape().Clone(),
					Forward: func(dx []float32, in ...[]float32) {
						for j := range n {
							copy(dx[j*part:(j+1)*part], in[0][j*size+skip:])
						}
					},
				}, d.Gradient)
			}
			return grads
		},
	}, levels...)
}
