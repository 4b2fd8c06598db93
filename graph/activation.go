package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Activation is what is done to every value on its way out of a layer. It is a
// value: layers, units and networks are given one.
type Activation uint8

// The activations, by PyTorch's names.
const (
	Identity  Activation = iota // none
	ReLU                        // max(x, 0)
	ReLU6                       // min(max(x, 0), 6) (Howard et al. 2017)
	Sigmoid                     // 1/(1 + exp(-x))
	SiLU                        // x sigmoid(x), or Swish (Ramachandran et al. 2017)
	GELU                        // x Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel 2016)
	GELUTanh                    // its approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
	Hardswish                   // x min(max(x + 3, 0), 6)/6 (Howard et al. 2019)
)

var activationNames = [...]string{"none", "relu", "relu6", "sigmoid", "silu", "gelu", "gelu tanh", "hardswish"}

// String is its name, such as relu.
func (a Activation) String() string {
	if int(a) < len(activationNames) {
		return activationNames[a]
	}
	return "unknown activation"
}

// Kind is the kind of an operation that computes nothing else.
func (a Activation) Kind() Kind { return Kind(a.String()) }

// ParseActivation reads a name as String writes it.
func ParseActivation(name string) (Activation, error) {
	for i, n := range activationNames {
		if n == name {
			return Activation(i), nil
		}
	}
	return 0, errors.Errorf("graph: unknown activation %q; there are %q", name, activationNames)
}

func (a Activation) kernel() kernel.Activation { return kernel.Activation(a) }

// Activate applies an activation to x, of any shape.
func (b *Builder) Activate(layer string, x *gorgonia.Node, a Activation) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	switch {
	case int(a) >= len(activationNames):
		return b.failf("%s: %v", b.full(layer), a)
	case a == Identity:
		return x
	}
	d := definition{
		kind: a.Kind(), attributes: ActivationAttributes{a}, out: x.Shape().Clone(),
		run: func(y []float32, in []operand) { a.kernel().Forward(y, in[0].f) },
		diff: func(_ *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			if a.kernel().OfOutput() {
				return gorgonia.Nodes{b.activationGradient(layer, a, dy, y)}
			}
			return gorgonia.Nodes{b.activationGradient(layer, a, dy, in[0])}
		},
	}
	if a.kernel().OfOutput() || !b.Training() {
		d.inPlace = []int{0} // nobody needs the input any more
	}
	return b.apply(layer, d, x)
}

// activationGradient is the gradient of an activation's input, from dy and the
// values that it follows from: the output, where that is enough, or the input.
func (b *Builder) activationGradient(layer string, a Activation, dy, from *gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, dy, from) {
		return nil
	}
	return b.apply(layer, definition{
		kind: a.Kind(), role: Gradient, attributes: ActivationAttributes{a}, out: from.Shape().Clone(), inPlace: []int{0, 1},
		run: func(dx []float32, in []operand) { a.kernel().Backward(dx, in[0].f, in[1].f) },
	}, dy, from)
}
