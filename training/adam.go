package training

import (
	"cmp"
	"math"

	"github.com/gorgonet/gorgonet/graph"
)

// Adam goes by running means of the gradient, m, and of its square, v (Kingma and Ba
// 2015, Algorithm 1), as PyTorch has it. Of a gradient ∇, the decay λ, the rate η
// and step t,
//
//	g = ∇ + λw;  m = β₁m + (1-β₁)g;  v = β₂v + (1-β₂)g²
//	w -= η m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
//
// Weight decay is added to the gradient, where it has little effect on weights of
// large gradients; AdamW decays all alike.
type Adam struct {
	Beta1   float64 `json:"beta1"`   // of m; 0 to below 1
	Beta2   float64 `json:"beta2"`   // of v; 0 to below 1
	Epsilon float64 `json:"epsilon"` // above 0
	Decay   float64 `json:"decay"`   // λ; 0 or more
}

// NewAdam has the paper's settings, which are PyTorch's: 0.9, 0.999, 1e-8 and no decay.
func NewAdam() Adam { return Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Slots implements Optimizer; the names are PyTorch's.
func (Adam) Slots() []string { return []string{"exp_avg", "exp_avg_sq"} }

// Check implements Optimizer.
func (a Adam) Check() error { return a.check("Adam") }

func (a Adam) check(name string) error {
	return cmp.Or(checkBeta(name, "a beta1", a.Beta1), checkBeta(name, "a beta2", a.Beta2), checkEpsilon(name, a.Epsilon), checkDecay(name, a.Decay))
}

// Update implements Optimizer.
func (a Adam) Update(p *Parameter, step int, rate float64) error {
	if err := p.check(2); err != nil {
		return err
	}
	a.update(p, step, rate, a.Decay*p.Decay, 0)
	return nil
}

// update adds decay to the gradient, and before it takes the part off the weights.
func (a Adam) update(p *Parameter, step int, rate, decay, off float64) {
	c := a.coefficients(step)
	c[5], c[6], c[7] = float32(rate/(1-math.Pow(a.Beta1, float64(step)))), float32(decay), float32(1-off)
	p.sweep(c, adamPart)
}

// coefficients are those of the moments and of the denominator, the first five.
func (a Adam) coefficients(step int) coefficients {
	return coefficients{
		float32(1 - a.Beta1), float32(a.Beta2), float32(1 - a.Beta2),
		float32(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(step)))), float32(a.Epsilon),
	}
}

func adamPart(p *Parameter, c *coefficients, lo, hi int) {
	_ = graph.Adam(p.Weights[lo:hi], p.Slots[0][lo:hi], p.Slots[1][lo:hi], p.Gradient[lo:hi], graph.AdamStep{
		First: c[0], Second: c[1], Rest: c[2], Root: c[3], Epsilon: c[4], Rate: c[5], Decay: c[6], Kept: c[7],
	})
}

// sqrt is a single instruction: the compiler knows that the detour changes nothing.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
