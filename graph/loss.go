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
		b.failf("%s: want logits [N classes] and int32 labels [N], got %v and %v %v", b.full(layer), in, labels.Dtype(), labels.Shape())
		return nil, nil
	}
	classes := in[1]
	grad := make([]float32, in.TotalSize()) // never published
	var right int
	loss = b.apply(layer, definition{
		kind: KindCrossEntropy, wrt: []bool{b.differentiable(logits), false},
		check: func(in []operand) error { return checkLabels(in[1].i, classes) },
		run: func(out []float32, in []operand) {
			var mean float64
			mean, right, _ = kernel.CrossEntropy(grad, in[0].f, in[1].i, classes)
			out[0] = float32(mean)
		},
		diff: func(_ *op, in gorgonia.Nodes, loss, dloss *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.lossGradient(layer, KindCrossEntropy, in[0].Shape(), grad, loss, dloss), nil}
		},
	}, logits, labels)
	correct = b.apply(layer, definition{
		kind: KindCorrect,
		run:  func(out []float32, _ []operand) { out[0] = float32(right) },
	}, loss)
	return loss, correct
}

// SoftCrossEntropy is the softmax cross entropy of logits [N classes] against
// targets [N classes], the probability that each class is said to have: the mean
// over the rows of -sum(target log(softmax(logits))), without rows of zeros. It
// serves label smoothing (Szegedy et al. 2016, section 7) and mixed pictures.
// The targets get no gradient.
func (b *Builder) SoftCrossEntropy(layer string, logits, targets *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, logits, targets) {
		return nil
	}
	in := logits.Shape()
	if in.Dims() != 2 || !in.Eq(targets.Shape()) {
		return b.failf("%s: want logits and targets [N classes], got %v and %v", b.full(layer), in, targets.Shape())
	}
	grad := make([]float32, in.TotalSize()) // never published
	return b.apply(layer, definition{
		kind: KindSoftCrossEntropy, wrt: []bool{b.differentiable(logits), false},
		run: func(out []float32, operands []operand) {
			out[0] = float32(kernel.SoftCrossEntropy(grad, operands[0].f, operands[1].f, in[1]))
		},
		diff: func(_ *op, in gorgonia.Nodes, loss, dloss *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.lossGradient(layer, KindSoftCrossEntropy, in[0].Shape(), grad, loss, dloss), nil}
		},
	}, logits, targets)
}

// lossGradient is the gradient of the logits: what the loss left in grad, times
// the gradient of the loss. The edge from the loss makes it run first.
func (b *Builder) lossGradient(layer string, kind Kind, shape tensor.Shape, grad []float32, loss, dloss *gorgonia.Node) *gorgonia.Node {
	return b.apply(layer, definition{
		kind: kind, role: Gradient, out: shape.Clone(),
		run: func(dx []float32, in []operand) {
			scale := in[1].f[0]
			for i, g := range grad {
				dx[i] = g * scale
			}
		},
	}, loss, dloss)
}

// TopK counts the rows of logits [N classes] that have the label, of labels [N],
// among their k largest, of equal ones the first. Negative labels count for
// nothing. The count is a scalar without a gradient.
func (b *Builder) TopK(layer string, logits, labels *gorgonia.Node, k int) *gorgonia.Node {
	if !b.ready(layer, logits) || !b.present(layer, labels) {
		return nil
	}
	in := logits.Shape()
	if in.Dims() != 2 || labels.Dtype() != tensor.Int32 || labels.Shape().Dims() != 1 || labels.Shape()[0] != in[0] || k < 1 {
		return b.failf("%s: want logits [N classes], int32 labels [N] and k from 1 on, got %v, %v %v and %d", b.full(layer), in, labels.Dtype(), labels.Shape(), k)
	}
	classes := in[1]
	return b.apply(layer, definition{
		kind: KindTopK, attributes: TopKAttributes{k},
		check: func(in []operand) error { return checkLabels(in[1].i, classes) },
		run:   func(out []float32, in []operand) { out[0] = float32(kernel.TopK(in[0].f, in[1].i, classes, k)) },
	}, logits, labels)
}

// checkLabels refuses labels beyond the classes.
func checkLabels(labels []int32, classes int) error {
	if top := slices.Max(labels); int(top) >= classes {
		return errors.Errorf("label %d in a network of %d classes", top, classes)
	}
	return nil
}
