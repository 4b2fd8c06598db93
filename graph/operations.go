package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// Operation describes one forward operation of a graph, for summaries.
type Operation struct {
	Layer        string
	Kind         string
	Detail       string // of a convolution: kernel, channels in and out, stride, output size
	Shape        []int  // of the output
	Parameters   int    // trainable values
	MultiplyAdds int64  // of convolutions and linear layers, for the whole batch
	Node         *gorgonia.Node
}

// Operations lists the operations in order of building; to see the forward ones
// alone, ask before Gradients.
func (b *Builder) Operations() []Operation {
	out := make([]Operation, len(b.ops))
	for i, o := range b.ops {
		out[i] = Operation{Layer: o.layer, Kind: o.kind, Detail: o.detail, Shape: o.out.Clone(), MultiplyAdds: o.multiplyAdds, Node: o.node}
		for _, n := range o.inputs {
			if t := b.fixed[n]; t != nil && t.Trainable || slices.Contains(b.params, n) {
				out[i].Parameters += n.Shape().TotalSize()
			}
		}
	}
	return out
}
