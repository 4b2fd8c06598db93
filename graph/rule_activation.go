package graph

import "gorgonia.org/gorgonia"

// out is what follows at the end of a layer: a shortcut that is added, or nil, and
// an activation.
type out struct {
	shortcut   *gorgonia.Node
	activation Activation
}

// joins is the rule that a norm or an addition adds the shortcut and applies the
// activation on its way out, instead of leaving that to operations of their own.
// In training the activation must be one whose gradient follows from the output:
// the others need an input that is not stored then.
func (b *Builder) joins(a Activation) bool {
	return b.fuses(ruleActivation) && (a.kernel().OfOutput() || !b.Training())
}

// then emits what follows as operations of their own.
func (b *Builder) then(layer string, y *gorgonia.Node, o out) *gorgonia.Node {
	if o.shortcut != nil {
		y = b.Add(layer+".add", y, o.shortcut, Identity)
	}
	return b.Activate(layer+".act", y, o.activation)
}
