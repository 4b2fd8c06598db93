package graph

import "github.com/gorgonet/gorgonet/graph/internal/kernel"

// AdamStep are the coefficients of a step of Adam, of the rate η, the betas and step t.
type AdamStep struct {
	First, Second, Rest float32 // 1-β₁, β₂, 1-β₂
	Root, Epsilon       float32 // of the denominator: 1/√(1-β₂ᵗ), ε
	Rate                float32 // η/(1-β₁ᵗ)
	Decay, Kept         float32 // what is added to the gradient, a factor of the weights; what is kept of these, 1 for all
}

// Adam is one step of Adam, or of AdamW, on one parameter, in place and in one pass over
// memory, by one processor; w, the means of gradients m and of their squares v, and grad
// are of one length:
//
//	x = kept*w;  g = grad + decay*x
//	m += first*(g - m);  v = second*v + rest*g*g
//	w = x - rate*m/(sqrt(v)*root + epsilon)
//
// Other lengths are an error, and nothing is changed.
func Adam(w, m, v, grad []float32, c AdamStep) error {
	if err := sameLength("Adam", w, m, v, grad); err != nil {
		return err
	}
	kernel.Adam(w, m, v, grad, kernel.AdamStep(c))
	return nil
}
