package graph

import (
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CrossEntropyOptions are what a cross entropy may have besides logits and targets, as
// PyTorch's has them.
type CrossEntropyOptions struct {
	Weights   []float32 // of the classes, 0 or more; nil means 1 for each
	Smoothing float64   // part of the probability that all classes share; 0 to below 1
	Ignored   []int32   // labels that do not count, such as 255, besides negative ones
}

// CrossEntropy is the softmax cross entropy of logits [N classes], or [... classes],
// against labels [N], class numbers as int32, one for each row: the mean over the
// labels that are not negative. The second node counts the rows whose largest logit is
// at the label. Both are scalars. A label beyond the classes is an error of the run.
func (b *Builder) CrossEntropy(layer string, logits, labels *gorgonia.Node) (loss, correct *gorgonia.Node) {
	return b.CrossEntropyWith(layer, logits, labels, CrossEntropyOptions{})
}

// CrossEntropyWith is CrossEntropy with options. The mean over labels is that by the
// weights of their classes; both parts of a smoothed target are divided by the sum of
// them, and the part of each class counts as that class weighs. Where nothing counts
// the loss is 0.
func (b *Builder) CrossEntropyWith(layer string, logits, labels *gorgonia.Node, options CrossEntropyOptions) (loss, correct *gorgonia.Node) {
	if !b.labelled(layer, logits, labels) {
		return nil, nil
	}
	in := logits.Shape()
	classes := in[len(in)-1]
	o, plain := b.crossEntropyOptions(layer, classes, options)
	if b.Err() != nil {
		return nil, nil
	}
	grad := make([]float32, in.TotalSize()) // never published
	var right int
	loss = b.apply(layer, definition{
		kind: KindCrossEntropy, attributes: attributesOf(options, plain), wrt: []bool{b.differentiable(logits), false},
		check: func(in []operand) error { return checkLabels(in[1].i, classes, o.Ignored) },
		run: func(out []float32, in []operand) {
			var mean float64
			if plain {
				mean, right, _ = kernel.CrossEntropy(grad, in[0].f, in[1].i, classes)
			} else {
				mean, right = kernel.WeightedCrossEntropy(grad, in[0].f, in[1].i, classes, o)
			}
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

// SoftCrossEntropy is the softmax cross entropy of logits [N classes], or
// [... classes], against targets of their shape, the probability that each class is
// said to have: the mean over the rows of -sum(target log(softmax(logits))), without
// rows of zeros. It serves label smoothing (Szegedy et al. 2016, section 7) and mixed
// pictures. The targets get no gradient.
func (b *Builder) SoftCrossEntropy(layer string, logits, targets *gorgonia.Node) *gorgonia.Node {
	return b.SoftCrossEntropyWith(layer, logits, targets, CrossEntropyOptions{})
}

// SoftCrossEntropyWith is SoftCrossEntropy with options: every term counts as its class
// weighs, and the mean is over the rows, whatever the weights. There are no labels to
// ignore.
func (b *Builder) SoftCrossEntropyWith(layer string, logits, targets *gorgonia.Node, options CrossEntropyOptions) *gorgonia.Node {
	if !b.ready(layer, logits, targets) {
		return nil
	}
	in := logits.Shape()
	if in.Dims() < 2 || !in.Eq(targets.Shape()) {
		return b.failf("%s: want logits and targets [N classes], got %v and %v", b.full(layer), in, targets.Shape())
	}
	classes := in[len(in)-1]
	o, plain := b.crossEntropyOptions(layer, classes, options)
	if len(o.Ignored) > 0 {
		b.failf("%s: targets have no labels to ignore; a row of zeros does not count", b.full(layer))
	}
	if b.Err() != nil {
		return nil
	}
	grad := make([]float32, in.TotalSize()) // never published
	return b.apply(layer, definition{
		kind: KindSoftCrossEntropy, attributes: attributesOf(options, plain), wrt: []bool{b.differentiable(logits), false},
		run: func(out []float32, operands []operand) {
			if plain {
				out[0] = float32(kernel.SoftCrossEntropy(grad, operands[0].f, operands[1].f, classes))
			} else {
				out[0] = float32(kernel.WeightedSoftCrossEntropy(grad, operands[0].f, operands[1].f, classes, o))
			}
		},
		diff: func(_ *op, in gorgonia.Nodes, loss, dloss *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.lossGradient(layer, KindSoftCrossEntropy, in[0].Shape(), grad, loss, dloss), nil}
		},
	}, logits, targets)
}

// crossEntropyOptions checks options and copies them; plain ones change nothing.
func (b *Builder) crossEntropyOptions(layer string, classes int, o CrossEntropyOptions) (k kernel.CrossEntropyOptions, plain bool) {
	if o.Weights != nil && len(o.Weights) != classes {
		b.failf("%s: want weights of %d classes, got %d", b.full(layer), classes, len(o.Weights))
	}
	for c, w := range o.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 1) {
			b.failf("%s: the weight of class %d cannot be %v; want 0 or more", b.full(layer), c, w)
		}
	}
	if !(o.Smoothing >= 0 && o.Smoothing < 1) {
		b.failf("%s: the label smoothing cannot be %v; want 0 to below 1", b.full(layer), o.Smoothing)
	}
	k = kernel.CrossEntropyOptions{Weights: slices.Clone(o.Weights), Smoothing: o.Smoothing, Ignored: slices.Clone(o.Ignored)}
	return k, o.Weights == nil && o.Smoothing == 0 && len(o.Ignored) == 0
}

// attributesOf are none for a plain cross entropy.
func attributesOf(o CrossEntropyOptions, plain bool) Attributes {
	if plain {
		return nil
	}
	return o
}

// labelled tells whether a method may go on with logits and a label for each row.
func (b *Builder) labelled(layer string, logits, labels *gorgonia.Node) bool {
	if !b.ready(layer, logits) || !b.present(layer, labels) {
		return false
	}
	in := logits.Shape()
	if in.Dims() < 2 || labels.Dtype() != tensor.Int32 || labels.Shape().Dims() != 1 || labels.Shape()[0] != in.TotalSize()/in[len(in)-1] {
		b.failf("%s: want logits [N classes] and int32 labels [N], got %v and %v %v", b.full(layer), in, labels.Dtype(), labels.Shape())
		return false
	}
	return true
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

// TopK counts the rows of logits [N classes], or [... classes], that have the label, of labels [N],
// among their k largest, of equal ones the first. Negative labels count for
// nothing. The count is a scalar without a gradient.
func (b *Builder) TopK(layer string, logits, labels *gorgonia.Node, k int) *gorgonia.Node {
	if !b.labelled(layer, logits, labels) {
		return nil
	}
	if k < 1 {
		return b.failf("%s: want a k from 1 on, got %d", b.full(layer), k)
	}
	classes := logits.Shape()[logits.Dims()-1]
	return b.apply(layer, definition{
		kind: KindTopK, attributes: TopKAttributes{k},
		check: func(in []operand) error { return checkLabels(in[1].i, classes, nil) },
		run:   func(out []float32, in []operand) { out[0] = float32(kernel.TopK(in[0].f, in[1].i, classes, k)) },
	}, logits, labels)
}

// checkLabels refuses labels beyond the classes, but for ignored ones.
func checkLabels(labels []int32, classes int, ignored []int32) error {
	for _, l := range labels {
		if int(l) >= classes && !slices.Contains(ignored, l) {
			return errors.Errorf("label %d in a network of %d classes", l, classes)
		}
	}
	return nil
}
