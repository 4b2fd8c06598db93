package detection

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// lossOf is a scalar of a prediction x and what x is to be, which are its inputs.
type lossOf struct {
	kind graph.Kind
	// value is the loss.
	value func(x, targets []float32) float64
	// slope writes its gradient with respect to x, times scale, to zeros.
	slope func(dx, x, targets []float32, scale float64)
}

// emit adds the loss. Targets get no gradient.
func (l lossOf) emit(b *graph.Builder, layer string, x, targets *gorgonia.Node) *gorgonia.Node {
	return b.Apply(layer, graph.CustomOp{
		Kind:    l.kind,
		Forward: func(y []float32, in ...[]float32) { y[0] = float32(l.value(in[0], in[1])) },
		Gradient: func(d graph.Differentiation) gorgonia.Nodes {
			return gorgonia.Nodes{d.Apply(d.Layer, graph.CustomOp{
				Kind: l.kind, Role: graph.Gradient, Shape: d.Inputs[0].Shape().Clone(),
				Forward: func(dx []float32, in ...[]float32) {
					clear(dx)
					l.slope(dx, in[0], in[1], float64(in[2][0]))
				},
			}, d.Inputs[0], d.Inputs[1], d.Gradient), nil}
		},
	}, x, targets)
}

// beta is where the smooth L1 losses of boxes turn from squares to distances, in torchvision's
// Faster R-CNN.
const beta = 1.0 / 9

// smooth is the smooth L1 loss of a difference, and its slope (Girshick 2015, equation 3).
func smooth(d float64) (loss, slope float64) {
	if math.Abs(d) < beta {
		return 0.5 * d * d / beta, d / beta
	}
	return math.Abs(d) - 0.5*beta, math.Copysign(1, d)
}

// softplus is log(1 + exp(x)).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// sigmoid is 1/(1 + exp(-x)).
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// counted is how many rows of targets have a label of 0 or more, at place at; at least 1.
func counted(targets []float32, row, at int) float64 {
	n := 0
	for i := at; i < len(targets); i += row {
		if targets[i] >= 0 {
			n++
		}
	}
	return float64(max(n, 1))
}
