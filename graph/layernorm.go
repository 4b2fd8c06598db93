package graph

import "github.com/gorgonet/gorgonet/graph/internal/kernel"

// layerNorm is the state that layer norm's forward and backward operations share.
type layerNorm struct {
	c            int
	epsilon      float64
	mean, invstd []float32 // of every row, made by the first run
}

func (n *layerNorm) forward(y, x, weight, bias []float32) {
	if n.mean == nil {
		n.mean, n.invstd = make([]float32, len(x)/n.c), make([]float32, len(x)/n.c)
	}
	kernel.LayerNorm(y, x, weight, bias, n.mean, n.invstd, n.epsilon)
}

func (n *layerNorm) backwardParameters(dweight, dbias, dy, x []float32) {
	kernel.LayerNormGradParameters(dweight, dbias, dy, x, n.mean, n.invstd)
}

func (n *layerNorm) workspace(func(kernel.Conv) kernel.Conv) kernel.Workspace {
	return kernel.LayerNormWorkspace(n.c)
}

func (n *layerNorm) backwardInput(dx, dy, x, weight []float32) {
	kernel.LayerNormGradInput(dx, dy, x, weight, n.mean, n.invstd)
}
