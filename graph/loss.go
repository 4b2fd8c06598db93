package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CrossEntropy is the softmax cross entropy of logits [N classes] against labels
// [N], class numbers as int32: the mean over the labels that are not negative.
// The second node counts the rows whose largest logit is at the label. Both are
// scalars. A label beyond the classes is an error of the run.
func (b *Builder) CrossEntropy(layer string, logits, labels *gorgonia.Node) (loss, correct *gorgonia.Node) {
	if !b.ready(layer, logits) || !b.present(layer, labels) {
		return nil, nil
	}
	in := logits.Shape()
	if in.Dims() != 2 || labels.Dtype() != tensor.Int32 || labels.Shape().Dims() != 1 || labels.Shape()[0] != in[0] {
		b.failf("%s: want logits [N classes] and int32 labels [N], got %v and %v %v", layer, in, labels.Dtype(), labels.Shape())
		return nil, nil
	}
	classes := in[1]
	grad := make([]float32, in.TotalSize()) // never published
	var right int
	loss = b.apply(&op{
		kind: "cross entropy", layer: layer, wrt: []bool{b.differentiable(logits), false},
		check: func(in []operand) error {
			if top := slices.Max(in[1].i); int(top) >= classes {
				return errors.Errorf("label %d in a network of %d classes", top, classes)
			}
			return nil
		},
		run: func(out []float32, in []operand) {
			var mean float64
			mean, right, _ = kernel.CrossEntropy(grad, in[0].f, in[1].i, classes)
			out[0] = float32(mean)
		},
		diff: func(in gorgonia.Nodes, loss, dloss *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply(&op{
				kind: "cross entropy gradient", layer: layer, out: in[0].Shape().Clone(),
				run: func(dx []float32, in []operand) {
					scale := in[1].f[0]
					for i, g := range grad {
						dx[i] = g * scale
					}
				},
			}, loss, dloss), nil} // the edge from the loss makes it run first
		},
	}, logits, labels)
	correct = b.apply(&op{
		kind: "correct predictions", layer: layer,
		run: func(out []float32, _ []operand) { out[0] = float32(right) },
	}, loss)
	return loss, correct
}
