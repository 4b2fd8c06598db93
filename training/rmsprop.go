package training

import "cmp"

// RMSProp divides the gradient by the root of a running mean of its square, s
// (Tieleman and Hinton 2012, lecture 6e), as PyTorch has it. Of a gradient ∇, the decay
// λ and the rate η,
//
//	g = ∇ + λw;  s = αs + (1-α)g²;  u = g/(√s + ε)
//	b = μb + u;  w -= ηb
//
// and without a momentum w -= ηu.
type RMSProp struct {
	Alpha    float64 `json:"alpha"`    // of s; 0 to below 1
	Epsilon  float64 `json:"epsilon"`  // above 0
	Momentum float64 `json:"momentum"` // μ: 0 to below 1
	Decay    float64 `json:"decay"`    // λ, added to the gradient; 0 or more
	// Centered takes the variance in place of s: s - a², where a = αa + (1-α)g is
	// the running mean of the gradient (Graves 2013).
	Centered bool `json:"centered"`
	// TensorFlow is the rule of that library's first version, which the recipes of
	// Inception, MobileNet and EfficientNet are for: s is 1 at first, ε lies within the
	// root, u = g/√(s + ε), and the rate enters the momentum, b = μb + ηu; w -= b.
	TensorFlow bool `json:"tensorflow"`
}

// NewRMSProp has PyTorch's settings: α 0.99, ε 1e-8, and neither momentum nor decay.
// EfficientNet's (Tan and Le 2019, section 5.2) are RMSProp{Alpha: 0.9, Momentum: 0.9,
// Epsilon: 0.001, Decay: 1e-5, TensorFlow: true}.
func NewRMSProp() RMSProp { return RMSProp{Alpha: 0.99, Epsilon: 1e-8} }

// Slots implements Optimizer; the names are PyTorch's.
func (r RMSProp) Slots() []string {
	slots := []string{"square_avg"}
	if r.Centered {
		slots = append(slots, "grad_avg")
	}
	if r.Momentum > 0 {
		slots = append(slots, "momentum_buffer")
	}
	return slots
}

// Check implements Optimizer.
func (r RMSProp) Check() error {
	const name = "RMSProp"
	return cmp.Or(checkBeta(name, "an alpha", r.Alpha), checkBeta(name, "a momentum", r.Momentum), checkEpsilon(name, r.Epsilon), checkDecay(name, r.Decay))
}

// Update implements Optimizer.
func (r RMSProp) Update(p *Parameter, step int, rate float64) error {
	slots, part := 1, rmsPropPart
	if r.Centered {
		slots, part = slots+1, centeredPart
	}
	if r.Momentum > 0 {
		slots++
	}
	if err := p.check(slots); err != nil {
		return err
	}
	c := coefficients{float32(r.Alpha), float32(1 - r.Alpha), float32(r.Decay * p.Decay), float32(r.Momentum), float32(r.Epsilon), 0, 1, float32(rate)}
	if r.TensorFlow {
		c[4], c[5], c[6], c[7] = 0, c[4], c[7], 1
		if step == 1 {
			for i := range p.Slots[0] {
				p.Slots[0][i] = 1
			}
		}
	}
	p.sweep(c, part)
	return nil
}

func rmsPropPart(p *Parameter, c *coefficients, lo, hi int) {
	grad := p.Gradient[lo:hi]
	w, square := p.Weights[lo:hi][:len(grad)], p.Slots[0][lo:hi][:len(grad)]
	momentum := p.Slots[len(p.Slots)-1][lo:hi][:len(grad)] // that of squares where there is none
	kept, new, decay, rule := c[0], c[1], c[2], c.rule()
	for i, g := range grad {
		g += decay * w[i]
		s := kept*square[i] + new*g*g
		square[i] = s
		u := rule.in * g / (sqrt(s+rule.inside) + rule.outside)
		if rule.momentum > 0 {
			u += rule.momentum * momentum[i]
			momentum[i] = u
		}
		w[i] -= rule.out * u
	}
}

func centeredPart(p *Parameter, c *coefficients, lo, hi int) {
	grad := p.Gradient[lo:hi]
	w, square, mean := p.Weights[lo:hi][:len(grad)], p.Slots[0][lo:hi][:len(grad)], p.Slots[1][lo:hi][:len(grad)]
	momentum := p.Slots[len(p.Slots)-1][lo:hi][:len(grad)] // that of gradients where there is none
	kept, new, decay, rule := c[0], c[1], c[2], c.rule()
	for i, g := range grad {
		g += decay * w[i]
		s := kept*square[i] + new*g*g
		a := mean[i] + new*(g-mean[i])
		square[i], mean[i] = s, a
		u := rule.in * g / (sqrt(max(s-a*a, 0)+rule.inside) + rule.outside)
		if rule.momentum > 0 {
			u += rule.momentum * momentum[i]
			momentum[i] = u
		}
		w[i] -= rule.out * u
	}
}

// rmsRule is where ε lies, inside or outside of the root, and where the rate enters, on
// the way into the momentum or out of it.
type rmsRule struct{ momentum, inside, outside, in, out float32 }

func (c *coefficients) rule() rmsRule {
	return rmsRule{momentum: c[3], outside: c[4], inside: c[5], in: c[6], out: c[7]}
}
