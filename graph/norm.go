package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Norm says how a layer is normalised, and what follows at once. The zero value is
// a batch norm with PyTorch's constants and nothing after it.
type Norm struct {
	Kind     NormKind
	Epsilon  float64 // added to the variance; 0 means 1e-5
	Momentum float64 // weight of a batch in the running statistics; 0 means 0.1
	Groups   int     // of channels, of a GroupNorm

	// Recompute has a batch norm in training compute its result a second time on the
	// way back, in place of keeping it until then (Pleiss et al. 2017).
	Recompute bool

	// Shortcut is added to the result, unless nil, and Activation applied to that:
	// the end of a residual unit (He et al. 2015, equation 1). The shortcut has x's
	// shape.
	Shortcut   *gorgonia.Node
	Activation Activation
}

// NormKind is over what mean and variance are taken.
type NormKind int

const (
	// BatchNorm takes them for each channel, over pictures and pixels (Ioffe and
	// Szegedy 2015). A training graph takes them from the batch (the variance
	// biased) and moves the layer's running_mean and running_var (unbiased) towards
	// them by Momentum; an inference graph takes the running ones, and so does a
	// training graph in which the layer is frozen.
	BatchNorm NormKind = iota
	// LayerNorm takes them for each pixel, or row, over its channels (Ba et al.
	// 2016), in training and inference alike.
	LayerNorm
	// GroupNorm takes them for each picture and each of Norm.Groups groups of channels,
	// over its pixels (Wu and He 2018), in training and inference alike.
	GroupNorm
)

// PyTorch's defaults.
const (
	defaultEpsilon  = 1e-5
	defaultMomentum = 0.1
)

// Norm is y = activation(weight*(x - mean)/sqrt(variance + Epsilon) + bias +
// shortcut), with parameters layer.weight and layer.bias [C]: of x [N H W C] by
// batch norm, of x [... C] by layer norm, of x [N ... C] by group norm.
func (b *Builder) Norm(layer string, x *gorgonia.Node, n Norm) *gorgonia.Node {
	if !b.ready(layer, x) || n.Shortcut != nil && !b.ready(layer, n.Shortcut) {
		return nil
	}
	if n.Epsilon == 0 {
		n.Epsilon = defaultEpsilon
	}
	if n.Momentum == 0 {
		n.Momentum = defaultMomentum
	}
	switch in := x.Shape(); {
	case !(n.Epsilon > 0 && n.Epsilon < 1) || !(n.Momentum > 0 && n.Momentum <= 1):
		return b.failf("%s: want an epsilon between 0 and 1 and a momentum of at most 1, got %v and %v", b.full(layer), n.Epsilon, n.Momentum)
	case int(n.Activation) >= len(activationNames):
		return b.failf("%s: %v", b.full(layer), n.Activation)
	case n.Shortcut != nil && !in.Eq(n.Shortcut.Shape()):
		return b.failf("%s: the shortcut must have the shape %v of what it is added to, got %v", b.full(layer), in, n.Shortcut.Shape())
	case n.Kind == LayerNorm:
		return b.then(layer, b.layerNorm(layer, x, n), out{n.Shortcut, n.Activation})
	case n.Kind == GroupNorm:
		return b.then(layer, b.groupNorm(layer, x, n), out{n.Shortcut, n.Activation})
	case n.Kind != BatchNorm:
		return b.failf("%s: there is no norm of kind %d", b.full(layer), n.Kind)
	case in.Dims() != 4:
		return b.failf("%s: want an input [N H W C], got %v", b.full(layer), in)
	}
	if n.Shortcut == nil && n.Activation == Identity || b.joins(n.Activation) {
		return b.batchNorm(layer, x, n)
	}
	after := out{n.Shortcut, n.Activation}
	n.Shortcut, n.Activation = nil, Identity
	return b.then(layer, b.batchNorm(layer, x, n), after)
}

// normParameters are weight and bias of a norm of c channels.
func (b *Builder) normParameters(layer string, c int) (weight, bias *gorgonia.Node) {
	shape := tensor.Shape{c}
	weight = b.parameter(layer+".weight", Plain, shape, Constant(1), Fan{})
	bias = b.parameter(layer+".bias", Plain, shape, Constant(0), Fan{})
	return weight, bias
}

// batchNorm emits a batch norm with what follows in the same pass.
func (b *Builder) batchNorm(layer string, x *gorgonia.Node, options Norm) *gorgonia.Node {
	in := x.Shape()
	c := in[3]
	batch := b.Training() && !b.frozen(b.full(layer))
	if batch && in.TotalSize() == c {
		return b.failf("%s: batch norm needs more than one value per channel to train, got an input of %v; use a larger batch or picture", b.full(layer), in)
	}
	weight, bias := b.normParameters(layer, c)
	mean, variance := b.buffer(layer+".running_mean", tensor.Shape{c}, 0), b.buffer(layer+".running_var", tensor.Shape{c}, 1)
	if b.Err() != nil {
		return nil
	}
	n := newBatchNorm(in.TotalSize()/c, c, batch, options, mean, variance)
	d := definition{
		kind: KindBatchNorm, out: in.Clone(), inPlace: []int{0}, state: n,
		attributes: NormAttributes{Epsilon: options.Epsilon, Momentum: options.Momentum, Batch: batch,
			Shortcut: options.Shortcut != nil, Activation: options.Activation},
		statistics: []*Tensor{mean, variance}, moves: batch,
		run: func(y []float32, in []operand) {
			n.prepare(in[0].f, in[1].f, in[2].f)
			n.forward(y, in)
		},
		diff: func(o *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			return b.batchNormGradient(layer, n, o, in, y, dy)
		},
	}
	if options.Shortcut == nil {
		d.wide = []int{0}
		return b.apply(layer, d, x, weight, bias)
	}
	return b.apply(layer, d, x, weight, bias, options.Shortcut)
}

// batchNormGradient emits the way back. With a shortcut the gradient behind the
// ReLU is needed twice, so it is a node of its own, whose operation takes the sums
// for the parameters as it stores; without one the ReLU's mask is applied as dy is
// read. Other activations are differentiated before.
func (b *Builder) batchNormGradient(layer string, n *batchNorm, o *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
	x, weight := in[0], in[1]
	grads := make(gorgonia.Nodes, len(in))
	relu, summed := n.activation == ReLU, false
	if n.recompute {
		y = b.again(o, dy)
	}
	if n.activation != Identity && !relu {
		dy = b.activationGradient(layer, n.activation, dy, y)
	}
	if relu && len(in) == 4 {
		dy = b.apply(layer, definition{
			kind: ReLU.Kind(), role: Gradient, attributes: ActivationAttributes{ReLU}, out: y.Shape().Clone(), inPlace: []int{0, 1},
			run: func(dz []float32, in []operand) { n.backwardSums(dz, in[0].f, in[1].f, in[2].f) },
		}, dy, y, x)
		relu, summed = false, true
	}
	if len(in) == 4 {
		if s := b.shortcuts.ends[o]; s != nil {
			s.gradient = dy
		} else {
			grads[3] = dy
		}
	}
	mask := y
	if !relu {
		mask = dy // an input edge must be something; the runs below pass nil on
	}
	masked := func(in []operand) []float32 {
		if relu {
			return in[1].f
		}
		return nil
	}
	g := o.gradient(WeightGradient, weight)
	g.wide = []int{2}
	g.run = func(dscale []float32, in []operand) {
		if !summed {
			n.backwardSums(nil, in[0].f, masked(in), in[2].f)
		}
		copy(dscale, n.dscale)
	}
	dscale := b.apply(layer, g, dy, mask, x)
	if o.wrt[1] {
		grads[1] = dscale
	}
	if o.wrt[2] {
		g := o.gradient(BiasGradient, weight)
		g.run = func(out []float32, _ []operand) { copy(out, n.dshift) }
		grads[2] = b.apply(layer, g, dscale)
	}
	if o.wrt[0] {
		g := o.gradient(InputGradient, x)
		g.inPlace, g.wide = []int{0, 2}, []int{2}
		inputs := gorgonia.Nodes{dy, mask, x, dscale, weight}
		if joined := b.prefixes.norms[o]; joined != nil && joined.gradient != nil {
			g.addsTo, g.wide = len(inputs), append(g.wide, len(inputs))
			inputs = append(inputs, joined.gradient)
		}
		g.run = func(dx []float32, in []operand) {
			var add []float32
			if g.addsTo > 0 {
				add = in[g.addsTo].f
			}
			n.backwardInput(dx, in[0].f, masked(in), in[2].f, in[3].f, in[4].f, add)
		}
		grads[0] = b.apply(layer, g, inputs...)
	}
	return grads
}

// layerNorm emits a layer norm. Mean and deviation of every row are kept for the
// way back.
func (b *Builder) layerNorm(layer string, x *gorgonia.Node, options Norm) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	in := x.Shape()
	c := in[len(in)-1]
	return b.ownNorm(layer, definition{
		kind: KindLayerNorm, attributes: NormAttributes{Epsilon: options.Epsilon}, out: in.Clone(), saved: 2 * in.TotalSize() / c,
	}, &layerNorm{c: c, epsilon: options.Epsilon}, x)
}

// ownNorm is a norm by statistics of each example's own, which forward keeps for the
// way back.
type ownNorm interface {
	forward(y, x, weight, bias []float32)
	backwardParameters(dweight, dbias, dy, x []float32)
	backwardInput(dx, dy, x, weight []float32)
	workspace(at func(kernel.Conv) kernel.Conv) kernel.Workspace // of backwardParameters
}

// ownNorm emits such a norm, begun as d, and its way back.
func (b *Builder) ownNorm(layer string, d definition, n ownNorm, x *gorgonia.Node) *gorgonia.Node {
	c := d.out[len(d.out)-1]
	weight, bias := b.normParameters(layer, c)
	d.run = func(y []float32, in []operand) { n.forward(y, in[0].f, in[1].f, in[2].f) }
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		x, weight := in[0], in[1]
		grads := make(gorgonia.Nodes, 3)
		if slices.Contains(o.wrt[1:], true) {
			dbias := make([]float32, c)
			g := o.gradient(WeightGradient, weight)
			g.workspace = n.workspace
			g.run = func(dweight []float32, in []operand) { n.backwardParameters(dweight, dbias, in[0].f, in[1].f) }
			dweight := b.apply(layer, g, dy, x)
			if o.wrt[1] {
				grads[1] = dweight
			}
			if o.wrt[2] {
				g := o.gradient(BiasGradient, weight)
				g.run = func(out []float32, _ []operand) { copy(out, dbias) }
				grads[2] = b.apply(layer, g, dweight)
			}
		}
		if o.wrt[0] {
			g := o.gradient(InputGradient, x)
			g.inPlace = []int{0, 1}
			g.run = func(dx []float32, in []operand) { n.backwardInput(dx, in[0].f, in[1].f, in[2].f) }
			grads[0] = b.apply(layer, g, dy, x, weight)
		}
		return grads
	}
	return b.apply(layer, d, x, weight, bias)
}
