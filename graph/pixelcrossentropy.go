package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// PixelCrossEntropy is CrossEntropyWith for the pixels of pictures, of which there are
// many: logits [N H W classes], or [... classes], against labels [N*H*W]. It computes in
// float32, shares the pixels out, and keeps nothing for the gradient, which takes the
// memory of the logits where nobody reads them any more. Its bits are others than those
// of CrossEntropyWith.
func (b *Builder) PixelCrossEntropy(layer string, logits, labels *gorgonia.Node, options CrossEntropyOptions) (loss, correct *gorgonia.Node) {
	if !b.labelled(layer, logits, labels) {
		return nil, nil
	}
	in := logits.Shape()
	classes := in[len(in)-1]
	o, plain := b.crossEntropyOptions(layer, classes, options)
	if b.err != nil {
		return nil, nil
	}
	k := kernel.NewPixelCrossEntropy(in.TotalSize()/classes, classes, o)
	var right int
	d := definition{
		kind: KindCrossEntropy, attributes: attributesOf(options, plain), wrt: []bool{b.differentiable(logits), false},
		check: func(in []operand) error { return checkLabels(in[1].i, classes, o.Ignored) },
		run: func(out []float32, in []operand) {
			var mean float64
			mean, right = k.Loss(in[0].f, in[1].i)
			out[0] = float32(mean)
		},
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dloss *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.inPlace = []int{0}
		g.run = func(dx []float32, in []operand) { k.Gradient(dx, in[0].f, in[1].i, float64(in[2].f[0])) }
		return gorgonia.Nodes{b.apply(layer, g, in[0], in[1], dloss), nil}
	}
	loss = b.apply(layer, d, logits, labels)
	correct = b.apply(layer, definition{
		kind: KindCorrect,
		run:  func(out []float32, _ []operand) { out[0] = float32(right) },
	}, loss)
	return loss, correct
}
