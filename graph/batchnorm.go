package graph

import (
	"math"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
)

// batchNorm is the state that batch norm's forward and backward operations share.
// Its slices are per channel and never published.
type batchNorm struct {
	batch                   bool // takes the batch's statistics
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

func newBatchNorm(c int, batch bool, o Norm, mean, variance *Tensor) *batchNorm {
	channels := func() []float32 { return make([]float32, c) }
	return &batchNorm{
		batch: batch, epsilon: o.Epsilon, momentum: o.Momentum, activation: o.Activation,
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
			n.moments.Measure(x)
		}
		n.measured = false
		rows := float64(len(x) / len(weight))
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
	kernel.Affine(y, in[0].f, n.scale, n.shift, shortcut, n.activation.kernel())
}

// backwardSums computes the sums over dy where y is above 0, or everywhere where y
// is nil, that are the gradients of weight and bias, and leaves the masked dy in
// dz unless that is nil.
func (n *batchNorm) backwardSums(dz, dy, y, x []float32) {
	kernel.AffineGradSums(n.dscale, n.dshift, dz, dy, y, x, n.moments.Mean, n.invstd)
}

// backwardInput computes dx. The batch's own statistics depend on x too, which
// takes out of dy its mean and its part along x.
func (n *batchNorm) backwardInput(dx, dy, y, x, dscale, weight []float32) {
	rows := float64(len(dx) / len(n.dshift))
	for j, inv := range n.invstd {
		a := float64(weight[j]) * inv
		n.a[j] = float32(a)
		if n.batch {
			b := -a * inv * float64(dscale[j]) / rows
			n.b[j] = float32(b)
			n.k[j] = float32(-a*float64(n.dshift[j])/rows - b*n.moments.Mean[j])
		}
	}
	kernel.AffineGradInput(dx, dy, y, x, n.a, n.b, n.k)
}
