package training

// AdamW is Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019,
// Algorithm 2), as PyTorch has it: the decay λ is per unit of the learning rate η. Of a
// gradient g and step t,
//
//	w -= ηλw;  m = β₁m + (1-β₁)g;  v = β₂v + (1-β₂)g²
//	w -= η m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
type AdamW struct {
	Beta1   float64 `json:"beta1"`   // of m; 0 to below 1
	Beta2   float64 `json:"beta2"`   // of v; 0 to below 1
	Epsilon float64 `json:"epsilon"` // above 0
	Decay   float64 `json:"decay"`   // λ; 0 or more
}

// NewAdamW has PyTorch's settings: 0.9, 0.999, 1e-8 and a decay of 0.01.
func NewAdamW() AdamW { return AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 0.01} }

// Slots implements Optimizer; the names are PyTorch's.
func (a AdamW) Slots() []string { return Adam(a).Slots() }

// Check implements Optimizer.
func (a AdamW) Check() error { return Adam(a).check("AdamW") }

// Update implements Optimizer.
func (a AdamW) Update(p *Parameter, step int, rate float64) error {
	if err := p.check(2); err != nil {
		return err
	}
	Adam(a).update(p, step, rate, 0, rate*a.Decay*p.Decay)
	return nil
}
