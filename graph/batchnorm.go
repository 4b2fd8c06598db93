package graph

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Batch norm's constants are PyTorch's defaults.
const (
	// Epsilon is added to the variance.
	Epsilon = 1e-5
	// Momentum is the weight of a batch in the running statistics.
	Momentum = 0.1
)

// BatchNorm is batch normalisation (Ioffe and Szegedy 2015) of x [N H W C] by
// channel: y = weight*(x - mean)/sqrt(variance + Epsilon) + bias, with parameters
// layer.weight and layer.bias [C]. A training graph takes mean and (biased)
// variance from the batch and moves layer.running_mean and layer.running_var
// (unbiased) towards them by Momentum; an inference graph takes the running ones,
// and so does a training graph in which layer is frozen.
func (b *Builder) BatchNorm(layer string, x *gorgonia.Node) *gorgonia.Node {
	return b.norm(layer, x, nil, false)
}

// BatchNormReLU is ReLU(BatchNorm(x)) in one pass.
func (b *Builder) BatchNormReLU(layer string, x *gorgonia.Node) *gorgonia.Node {
	return b.norm(layer, x, nil, true)
}

// BatchNormAddReLU is ReLU(BatchNorm(x) + shortcut) in one pass: the end of a
// residual unit (He et al. 2015, equation 1). The shortcut has x's shape.
func (b *Builder) BatchNormAddReLU(layer string, x, shortcut *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, x, shortcut) {
		return nil
	}
	if !x.Shape().Eq(shortcut.Shape()) {
		return b.failf("%s: the shortcut must have the shape %v of what it is added to, got %v", layer, x.Shape(), shortcut.Shape())
	}
	return b.norm(layer, x, shortcut, true)
}

// norm is the state that batch norm's forward and backward operations share. Its
// slices are per channel and never published.
type norm struct {
	training, relu          bool
	runningMean, runningVar []float32
	moments                 *kernel.Moments // of the batch, or the running ones
	measured                bool            // the convolution has taken them
	invstd                  []float64
	dscale, dshift          []float32 // of this pass, where the ReLU's gradient took them
	scale, shift            []float32 // forward: y = x*scale + shift
	a, b, k                 []float32 // backward: dx = a*dy + b*x + k

	of    *Folds // of a Frozen graph, where nothing runs it: whence it has what is next
	fixed affine
}

func (b *Builder) norm(layer string, x, shortcut *gorgonia.Node, relu bool) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 4 {
		return b.failf("%s: want an input [N H W C], got %v", layer, in)
	}
	c := in[3]
	training := b.Training() && !b.frozen(layer)
	if training && in.TotalSize() == c {
		return b.failf("%s: batch norm needs more than one value per channel to train, got an input of %v; use a larger batch or picture", layer, in)
	}
	shape := tensor.Shape{c}
	weight := b.parameter(layer+".weight", Plain, shape, constant(1))
	bias := b.parameter(layer+".bias", Plain, shape, constant(0))
	n := &norm{
		training:    training,
		relu:        relu,
		runningMean: b.buffer(layer+".running_mean", shape, constant(0)),
		runningVar:  b.buffer(layer+".running_var", shape, constant(1)),
		moments:     kernel.NewMoments(c), invstd: make([]float64, c), dscale: make([]float32, c), dshift: make([]float32, c),
		scale: make([]float32, c), shift: make([]float32, c),
		a: make([]float32, c), b: make([]float32, c), k: make([]float32, c),
	}
	if conv, ok := x.Op().(*op); ok && conv.conv != nil && conv.measures == nil && n.training {
		conv.measures = n
	}
	o := &op{
		kind: "batch norm", layer: layer, out: in.Clone(), overwrites: []int{0}, norm: n,
		run: func(y []float32, in []operand) {
			var add []float32
			if shortcut != nil {
				add = in[3].f
			}
			if n.of != nil {
				kernel.Affine(y, in[0].f, n.fixed.scale, n.fixed.shift, add, relu)
				return
			}
			n.prepare(in[0].f, in[1].f, in[2].f)
			kernel.Affine(y, in[0].f, n.scale, n.shift, add, relu)
		},
	}
	o.diff = func(in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
		return b.normGrad(n, o, in, y, dy, relu)
	}
	if shortcut == nil {
		return b.apply(o, x, weight, bias)
	}
	if fork := b.fork(x, shortcut); fork != nil {
		fork.joined = o
		o.wrt = []bool{true, b.differentiable(weight), b.differentiable(bias), false}
	}
	return b.apply(o, x, weight, bias, shortcut)
}

// fork finds the convolution on the way to x that reads the shortcut's node too,
// if it can take the shortcut's gradient: it is differentiated after the end of
// the shortcut, being what the end was computed from.
func (b *Builder) fork(x, shortcut *gorgonia.Node) *op {
	if b.err != nil || !b.differentiable(shortcut) {
		return nil
	}
	const longest = 12 // operations of a residual branch
	for range longest {
		o, ok := x.Op().(*op)
		if !ok || len(o.inputs) == 0 {
			return nil
		}
		if o.inputs[0] == shortcut {
			if o.conv == nil || o.conv.Stride != 1 || o.joined != nil || !o.wrt[0] {
				return nil
			}
			return o
		}
		x = o.inputs[0]
	}
	return nil
}

// prepare settles the statistics and the per-channel scale and shift.
func (n *norm) prepare(x, weight, bias []float32) {
	if n.training {
		if !n.measured {
			n.moments.Measure(x)
		}
		n.measured = false
		rows := float64(len(x) / len(weight))
		for j, m := range n.moments.Mean {
			n.runningMean[j] = float32((1-Momentum)*float64(n.runningMean[j]) + Momentum*m)
			n.runningVar[j] = float32((1-Momentum)*float64(n.runningVar[j]) + Momentum*n.moments.Variance[j]*rows/(rows-1))
		}
	} else {
		for j, m := range n.runningMean {
			n.moments.Mean[j], n.moments.Variance[j] = float64(m), float64(n.runningVar[j])
		}
	}
	for j, v := range n.moments.Variance {
		n.invstd[j] = 1 / math.Sqrt(v+Epsilon)
		scale := float64(weight[j]) * n.invstd[j]
		n.scale[j] = float32(scale)
		n.shift[j] = float32(float64(bias[j]) - n.moments.Mean[j]*scale)
	}
}

// normGrad emits the way back. With a shortcut the gradient behind the ReLU is
// needed twice, so it is a node of its own, whose operation takes the sums for the
// parameters as it stores; without one the mask is applied as dy is read.
func (b *Builder) normGrad(n *norm, o *op, in gorgonia.Nodes, y, dy *gorgonia.Node, relu bool) gorgonia.Nodes {
	x, weight := in[0], in[1]
	grads := make(gorgonia.Nodes, len(in))
	mask, summed := y, false
	if relu && len(in) == 4 {
		summed = true
		dy = b.apply(&op{
			kind: "relu gradient", layer: o.layer, out: y.Shape().Clone(), overwrites: []int{0, 1},
			run: func(dz []float32, in []operand) {
				kernel.AffineGradSums(n.dscale, n.dshift, dz, in[0].f, in[1].f, in[2].f, n.moments.Mean, n.invstd)
			},
		}, dy, y, x)
		if o.wrt[3] {
			grads[3] = dy
		} else {
			o.branch = dy
		}
		relu = false
	}
	if !relu {
		mask = dy // an input edge must be something; the run below passes nil on
	}
	masked := func(in []operand) []float32 {
		if relu {
			return in[1].f
		}
		return nil
	}
	dscale := b.apply(&op{
		kind: "batch norm weight gradient", layer: o.layer, out: weight.Shape().Clone(),
		run: func(dscale []float32, in []operand) {
			if !summed {
				kernel.AffineGradSums(n.dscale, n.dshift, nil, in[0].f, masked(in), in[2].f, n.moments.Mean, n.invstd)
			}
			copy(dscale, n.dscale)
		},
	}, dy, mask, x)
	if o.wrt[1] {
		grads[1] = dscale
	}
	if o.wrt[2] {
		grads[2] = b.apply(&op{
			kind: "batch norm bias gradient", layer: o.layer, out: weight.Shape().Clone(),
			run: func(out []float32, _ []operand) { copy(out, n.dshift) },
		}, dscale)
	}
	if o.wrt[0] {
		grads[0] = b.apply(&op{
			kind: "batch norm input gradient", layer: o.layer, out: x.Shape().Clone(), overwrites: []int{0, 2},
			run: func(dx []float32, in []operand) {
				n.prepareGrad(in[3].f, in[4].f, n.dshift, len(dx)/len(n.dshift))
				kernel.AffineGradInput(dx, in[0].f, masked(in), in[2].f, n.a, n.b, n.k)
			},
		}, dy, mask, x, dscale, weight)
	}
	return grads
}

// prepareGrad settles the coefficients of dx. The batch's own statistics depend
// on x too, which takes out of dy its mean and its part along x.
func (n *norm) prepareGrad(dscale, weight, dshift []float32, rows int) {
	for j, inv := range n.invstd {
		a := float64(weight[j]) * inv
		n.a[j] = float32(a)
		if n.training {
			b := -a * inv * float64(dscale[j]) / float64(rows)
			n.b[j] = float32(b)
			n.k[j] = float32(-a*float64(dshift[j])/float64(rows) - b*n.moments.Mean[j])
		}
	}
}
