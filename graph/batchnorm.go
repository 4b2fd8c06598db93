package graph

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// batchNorm is the state that batch norm's forward and backward operations share.
// Its slices are per channel and never published.
type batchNorm struct {
	batch                   bool // takes the batch's statistics
	recompute               bool
	second                  *gorgonia.Node // the result, computed again on the way back
	rows                    int
	epsilon, momentum       float64
	activation              Activation
	runningMean, runningVar []float32
	moments                 *kernel.Moments // of the batch, or the running ones
	measured                bool            // the convolution has taken them
	invstd                  []float64
	dscale, dshift          []float32 // of this pass
	scale, shift            []float32 // forward: y = x*scale + shift
	a, b, k                 []float32 // backward: dx = a*dy + b*x + k
}

func newBatchNorm(rows, c int, batch bool, o Norm, mean, variance *Tensor) *batchNorm {
	channels := func() []float32 { return make([]float32, c) }
	return &batchNorm{
		rows: rows, batch: batch, recompute: o.Recompute && batch && o.Shortcut == nil, epsilon: o.Epsilon, momentum: o.Momentum, activation: o.Activation,
		runningMean: mean.memory, runningVar: variance.memory,
		moments: kernel.NewMoments(c), invstd: make([]float64, c),
		dscale: channels(), dshift: channels(), scale: channels(), shift: channels(),
		a: channels(), b: channels(), k: channels(),
	}
}

// prepare settles the statistics and the per-channel scale and shift.
func (n *batchNorm) prepare(x, weight, bias []float32) {
	if n.batch {
		if !n.measured {
			n.measure(x)
		}
		n.measured = false
		rows := float64(n.rows)
		for j, m := range n.moments.Mean {
			n.runningMean[j] = float32((1-n.momentum)*float64(n.runningMean[j]) + n.momentum*m)
			n.runningVar[j] = float32((1-n.momentum)*float64(n.runningVar[j]) + n.momentum*n.moments.Variance[j]*rows/(rows-1))
		}
	} else {
		for j, m := range n.runningMean {
			n.moments.Mean[j], n.moments.Variance[j] = float64(m), float64(n.runningVar[j])
		}
	}
	for j, v := range n.moments.Variance {
		n.invstd[j] = 1 / math.Sqrt(v+n.epsilon)
		scale := float64(weight[j]) * n.invstd[j]
		n.scale[j] = float32(scale)
		n.shift[j] = float32(float64(bias[j]) - n.moments.Mean[j]*scale)
	}
}

// forward computes y from x, in[0], and the shortcut, in[3] if there is one.
func (n *batchNorm) forward(y []float32, in []operand) {
	var shortcut []float32
	if len(in) == 4 {
		shortcut = in[3].f
	}
	if x := n.rowsOf(in[0].f); shortcut == nil && n.wide(x) {
		kernel.AffineWide(y, x, n.scale, n.shift, n.activation.kernel())
		return
	}
	kernel.Affine(y, in[0].f, n.scale, n.shift, shortcut, n.activation.kernel())
}

// backwardSums computes the sums over dy where y is above 0, or everywhere where y
// is nil, that are the gradients of weight and bias, and leaves the masked dy in
// dz unless that is nil.
func (n *batchNorm) backwardSums(dz, dy, y, x []float32) {
	if x := n.rowsOf(x); dz == nil && n.wide(x) {
		kernel.AffineGradSumsWide(n.dscale, n.dshift, dy, y, x, n.moments.Mean, n.invstd)
		return
	}
	kernel.AffineGradSums(n.dscale, n.dshift, dz, dy, y, x, n.moments.Mean, n.invstd)
}

// backwardInput computes dx. The batch's own statistics depend on x too, which
// takes out of dy its mean and its part along x. Unless add is nil it is added.
func (n *batchNorm) backwardInput(dx, dy, y, x, dscale, weight, add []float32) {
	rows := float64(n.rows)
	for j, inv := range n.invstd {
		a := float64(weight[j]) * inv
		n.a[j] = float32(a)
		if n.batch {
			b := -a * inv * float64(dscale[j]) / rows
			n.b[j] = float32(b)
			n.k[j] = float32(-a*float64(n.dshift[j])/rows - b*n.moments.Mean[j])
		}
	}
	if out, in := n.rowsOf(dx), n.rowsOf(x); add != nil || n.wide(out) || n.wide(in) {
		kernel.AffineGradInputWide(out, n.rowsOf(add), dy, y, in, n.a, n.b, n.k)
		return
	}
	kernel.AffineGradInput(dx, dy, y, x, n.a, n.b, n.k)
}

// rowsOf is a value whose rows may be wider than the norm's channels.
func (n *batchNorm) rowsOf(x []float32) kernel.Wide {
	return kernel.Wide{Data: x, Step: len(x) / n.rows}
}

// wide tells whether rows are wider, or better treated like that.
func (n *batchNorm) wide(x kernel.Wide) bool {
	return x.Step != len(n.scale) || kernel.Uneven(len(n.scale))
}

// measure takes the moments of x.
func (n *batchNorm) measure(x []float32) {
	if w := n.rowsOf(x); n.wide(w) {
		n.moments.MeasureWide(w, n.rows)
		return
	}
	n.moments.Measure(x)
}

// again is the result of a norm, computed a second time, once the gradient after is
// there. The state that the first time left is that of this pass.
func (b *Builder) again(o *op, after *gorgonia.Node) *gorgonia.Node {
	n := o.norm()
	if n.second == nil {
		top := &Builder{construction: b.construction}
		n.second = top.apply(o.layer, definition{
			kind: KindBatchNorm, role: Recomputed, attributes: o.attributes, out: o.out.Clone(), wide: []int{0}, wrt: []bool{false, false},
			run: func(y []float32, in []operand) { n.forward(y, in[:1]) },
		}, o.inputs[0], after)
	}
	return n.second
}

// kept is x as the way back reads it: x, or what is computed again in its place.
func (b *Builder) kept(x, after *gorgonia.Node) *gorgonia.Node {
	if o := opOf(x); o != nil && o.norm() != nil && o.norm().recompute {
		return b.again(o, after)
	}
	return x
}
