package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// groupNorm is the state that group norm's forward and backward operations share.
type groupNorm struct {
	kernel.GroupNorm
	mean, invstd []float64 // of every group of every picture, made by the first run
}

func (n *groupNorm) forward(y, x, weight, bias []float32) {
	if n.mean == nil {
		n.mean, n.invstd = make([]float64, n.N*n.Groups), make([]float64, n.N*n.Groups)
	}
	n.Forward(y, x, weight, bias, n.mean, n.invstd)
}

func (n *groupNorm) backwardParameters(dweight, dbias, dy, x []float32) {
	n.BackwardParameters(dweight, dbias, dy, x, n.mean, n.invstd)
}

// workspace goes by the number of pictures, as that of a convolution does.
func (n *groupNorm) workspace(at func(kernel.Conv) kernel.Conv) kernel.Workspace {
	g := n.GroupNorm
	g.N = at(kernel.Conv{N: g.N}).N
	return g.Workspace()
}

func (n *groupNorm) backwardInput(dx, dy, x, weight []float32) {
	n.BackwardInput(dx, dy, x, weight, n.mean, n.invstd)
}

// groupNorm emits a group norm.
func (b *Builder) groupNorm(layer string, x *gorgonia.Node, options Norm) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	in := x.Shape()
	c := in[in.Dims()-1]
	if in.Dims() < 2 || options.Groups < 1 || c%options.Groups != 0 {
		return b.failf("%s: want an input [N H W C] whose channels divide into the groups, got %v and %d", b.full(layer), in, options.Groups)
	}
	n := &groupNorm{GroupNorm: kernel.GroupNorm{N: in[0], C: c, Groups: options.Groups, Epsilon: options.Epsilon}}
	return b.ownNorm(layer, definition{
		kind: KindGroupNorm, attributes: NormAttributes{Epsilon: options.Epsilon, Groups: options.Groups}, out: in.Clone(), saved: 4 * in[0] * options.Groups,
	}, n, x)
}
