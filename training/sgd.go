package training

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// SGD is stochastic gradient descent with momentum, v, as PyTorch has it. Of a
// gradient ∇, the decay λ and the rate η,
//
//	g = ∇ + λw;  v = μv + g;  w -= ηv
//
// and with Nesterov's momentum w -= η(g + μv) (Sutskever et al. 2013). Weight decay is
// added to the gradient, as in the paper of residual networks.
type SGD struct {
	Momentum float64 `json:"momentum"` // μ: 0 to below 1
	Decay    float64 `json:"decay"`    // λ of the weights, per unit of learning rate; 0 or more
	Nesterov bool    `json:"nesterov"` // needs a momentum
}

// NewSGD is the paper's optimizer: momentum 0.9, weight decay 1e-4 (He et al. 2015,
// section 3.4).
func NewSGD() SGD { return SGD{Momentum: 0.9, Decay: 1e-4} }

// Slots implements Optimizer.
func (SGD) Slots() []string { return []string{sgdSlot} }

// sgdSlot has been the name in checkpoints since before there were others.
const sgdSlot = "momentum"

// Check refuses settings that make no sense, as PyTorch does, and a momentum from 1
// on, which forgets nothing.
func (s SGD) Check() error {
	if err := checkBeta("SGD", "a momentum", s.Momentum); err != nil {
		return err
	}
	if s.Nesterov && s.Momentum == 0 {
		return errors.New("training: SGD: Nesterov's momentum needs a momentum above 0")
	}
	return checkDecay("SGD", s.Decay)
}

// Update implements Optimizer.
func (s SGD) Update(p *Parameter, step int, rate float64) error {
	if err := p.check(1); err != nil {
		return err
	}
	part := sgdPart
	if s.Nesterov {
		part = nesterovPart
	}
	p.sweep(coefficients{float32(rate), float32(s.Momentum), float32(s.Decay * p.Decay)}, part)
	return nil
}

func sgdPart(p *Parameter, c *coefficients, lo, hi int) {
	_ = graph.SGD(p.Weights[lo:hi], p.Slots[0][lo:hi], p.Gradient[lo:hi], c[0], c[1], c[2], false) // check has seen to the lengths
}

func nesterovPart(p *Parameter, c *coefficients, lo, hi int) {
	_ = graph.SGD(p.Weights[lo:hi], p.Slots[0][lo:hi], p.Gradient[lo:hi], c[0], c[1], c[2], true)
}
