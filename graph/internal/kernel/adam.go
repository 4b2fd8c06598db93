package kernel

import "math"

// AdamStep are the coefficients of a step of Adam.
type AdamStep struct {
	First, Second, Rest float32 // 1-β₁, β₂, 1-β₂
	Root, Epsilon       float32 // of the denominator: 1/√(1-β₂ᵗ), ε
	Rate                float32 // η/(1-β₁ᵗ)
	Decay, Kept         float32 // λ that is added to the gradient; what is kept of the weights
}

// Adam is a step on one tensor, in one pass:
//
//	x = kept*w;  g = grad + decay*x
//	m += first*(g - m);  v = second*v + rest*g*g
//	w = x - rate*m/(sqrt(v)*root + epsilon)
func Adam(w, m, v, grad []float32, c AdamStep) {
	unit.adam(w, m[:len(w)], v[:len(w)], grad[:len(w)], c)
}

func (loops) adam(w, m, v, grad []float32, c AdamStep) {
	m, v, grad = m[:len(w)], v[:len(w)], grad[:len(w)]
	first, second, rest, root, epsilon, rate, decay, kept := c.First, c.Second, c.Rest, c.Root, c.Epsilon, c.Rate, c.Decay, c.Kept
	for i, g := range grad {
		x := w[i] * kept
		g += decay * x
		mean := m[i] + first*(g-m[i])
		square := second*v[i] + rest*g*g
		m[i], v[i] = mean, square
		// The compiler makes one instruction of the root: the detour changes nothing.
		w[i] = x - rate*mean/(float32(math.Sqrt(float64(square)))*root+epsilon)
	}
}
