package training

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
)

// LAMB is Adam for very large batches: the step of each parameter, such as the weights
// of a layer, is as long as the parameter itself, times the rate (You et al. 2020,
// Algorithm 2). Of a gradient g, the decay λ, the rate η and step t,
//
//	m = β₁m + (1-β₁)g;  v = β₂v + (1-β₂)g²
//	r = m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε) + λw
//	w -= η ‖w‖/‖r‖ r
//
// Where one of the norms is 0, and for parameters whose group has no decay, as biases
// and norms in the authors' recipes, the ratio of norms is 1. The authors shorten
// gradients of a norm above 1 besides: that is Config.Clip.
type LAMB struct {
	Beta1   float64 `json:"beta1"`   // of m; 0 to below 1
	Beta2   float64 `json:"beta2"`   // of v; 0 to below 1
	Epsilon float64 `json:"epsilon"` // above 0
	Decay   float64 `json:"decay"`   // λ; 0 or more
}

// NewLAMB has the paper's settings: 0.9, 0.999, 1e-6 and a decay of 0.01.
func NewLAMB() LAMB { return LAMB{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-6, Decay: 0.01} }

// Slots implements Optimizer; the names are PyTorch's for Adam.
func (l LAMB) Slots() []string { return Adam(l).Slots() }

// Check implements Optimizer.
func (l LAMB) Check() error { return Adam(l).check("LAMB") }

// Update implements Optimizer.
func (l LAMB) Update(p *Parameter, step int, rate float64) error {
	if err := p.check(2); err != nil {
		return err
	}
	c := Adam(l).coefficients(step)
	c[5], c[6] = float32(1/(1-math.Pow(l.Beta1, float64(step)))), float32(l.Decay*p.Decay)
	p.sweep(c, lambMoments)
	ratio := 1.0
	if sums := p.sum(); p.Decay != 0 && sums[0] > 0 && sums[1] > 0 {
		ratio = math.Sqrt(sums[0] / sums[1])
	}
	c[7] = float32(rate * ratio)
	p.sweep(c, lambStep)
	return nil
}

// lambMoments updates the moments and leaves the squares of the norms of the weights
// and of their way in the sums.
func lambMoments(p *Parameter, c *coefficients, lo, hi int) {
	w, grad := p.Weights[lo:hi], p.Gradient[lo:hi]
	m, v := p.Slots[0][lo:hi], p.Slots[1][lo:hi]
	w, m, v = w[:len(grad)], m[:len(grad)], v[:len(grad)]
	first, second, rest, root, epsilon, scale, decay := c[0], c[1], c[2], c[3], c[4], c[5], c[6]
	var weights, way float64
	for i, g := range grad {
		x, mean, square := w[i], m[i]+first*(g-m[i]), second*v[i]+rest*g*g
		m[i], v[i] = mean, square
		r := scale*mean/(sqrt(square)*root+epsilon) + decay*x
		weights += float64(x) * float64(x)
		way += float64(r) * float64(r)
	}
	p.work.sums[lo/graph.Grain] = [2]float64{weights, way}
}

func lambStep(p *Parameter, c *coefficients, lo, hi int) {
	w, m, v := p.Weights[lo:hi], p.Slots[0][lo:hi], p.Slots[1][lo:hi]
	m, v = m[:len(w)], v[:len(w)]
	root, epsilon, scale, decay, rate := c[3], c[4], c[5], c[6], c[7]
	for i, x := range w {
		w[i] = x - rate*(scale*m[i]/(sqrt(v[i])*root+epsilon)+decay*x)
	}
}
