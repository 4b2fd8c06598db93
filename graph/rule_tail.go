package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// tail is what a convolution or a matrix product with packed weights does besides, in
// the order of the fields.
type tail struct {
	norm       *op     // nil for none
	scale      *Tensor // that channels are multiplied by, nil for none
	adder      *op     // the norm or addition that adds a shortcut, nil for none
	shortcut   int     // which input of that it is
	activation Activation
}

// takeTails is the rule that a convolution or a matrix product with packed weights does
// what comes behind as it stores its result, where nobody else reads that: it scales
// channels, by its weights, adds a shortcut, and applies an activation.
func takeTails(c *construction, keep []*gorgonia.Node) {
	if c.options.Packed == nil || c.options.Memory == SeparateMemory {
		return
	}
	readers := c.readers()
	for _, o := range c.ops {
		for i, n := range o.inputs {
			before := opOf(n)
			if o.fixed[i] != nil || before == nil || before.absorbedBy != nil || readers[n] != 1 || slices.Contains(keep, n) {
				continue
			}
			head := before.absorbed
			if head == nil {
				head = before
			}
			t, ok := before.tail(head).with(o, i)
			if head.product() == nil || head.fixed[1] == nil || !ok {
				continue
			}
			for _, other := range c.ops {
				if other.absorbedBy == before {
					other.absorbedBy = o
				}
			}
			before.absorbedBy, before.absorbed = o, nil
			o.absorbed, o.behind = head, &t
			break
		}
	}
}

// tail is what the operation does besides what its head does.
func (o *op) tail(head *op) (t tail) {
	if o.behind != nil {
		return *o.behind
	}
	if n := o.norm(); n != nil && o != head {
		t = tail{norm: o, activation: n.activation}
		if len(o.inputs) == 4 {
			t.adder, t.shortcut = o, 3
		}
	}
	return t
}

// with is the tail with another operation behind, of which it is an input; ok tells
// whether that is possible.
func (t tail) with(o *op, input int) (_ tail, ok bool) {
	if t.activation != Identity || o.role != Forward {
		return t, false
	}
	switch a := o.attributes.(type) {
	case ActivationAttributes:
		t.activation = a.Activation
		return t, true
	case AddAttributes:
		if t.adder != nil || o.inputs[0] == o.inputs[1] {
			return t, false
		}
		t.adder, t.shortcut, t.activation = o, 1-input, a.Activation
		return t, true
	}
	if o.kind != KindScale || input != 0 || t.adder != nil || t.scale != nil || o.fixed[1] == nil {
		return t, false
	}
	t.scale = o.fixed[1]
	return t, true
}

// readers is how many operations read each node.
func (c *construction) readers() map[*gorgonia.Node]int {
	readers := map[*gorgonia.Node]int{}
	for _, n := range c.graph.AllNodes() {
		for _, child := range childrenOf(n) {
			readers[child]++
		}
	}
	return readers
}
