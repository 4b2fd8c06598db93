package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
)

// pack is what an operation of a Frozen graph runs with in place of its parameters: a
// convolution, or a matrix product, with what is added to it and the batch norm behind
// it in its weights.
type pack struct {
	key    string // among the Folds
	conv   kernel.Conv
	head   *op // that has the picture: the convolution, or the product
	weight *Tensor
	bias   *Tensor // nil without one
	norm   *op     // nil without one
	folded kernel.Folded
}

// packs finds the operations of a Frozen graph that have weights.
func (b *Builder) packs() {
	biases := map[*op]*Tensor{}
	for _, o := range b.ops {
		if o.isBias() && o.fixed[1] != nil {
			biases[o.head()] = o.fixed[1]
		}
	}
	for _, o := range b.ops {
		head := o.folds
		if head == nil {
			head = o
		}
		if o.foldedInto != nil || head.conv == nil && head.product == nil || head.fixed[1] == nil {
			continue
		}
		p := &pack{head: head, weight: head.fixed[1], key: head.fixed[1].Name}
		if head.product != nil {
			p.conv, p.bias = *head.product, head.fixed[2]
		} else {
			p.conv = *head.conv
		}
		if head != o {
			p.bias = biases[head]
		}
		if o.norm != nil {
			p.norm = o
		}
		for _, t := range []*Tensor{p.bias, o.normWeight()} {
			p.key += " " // what is folded in is part of the name
			if t != nil {
				p.key += t.Name
			}
		}
		o.pack = p
	}
}

// head is the convolution that a bias is added to, or what else it is.
func (o *op) head() *op {
	head, _ := o.inputs[0].Op().(*op)
	return head
}

// normWeight is the scale of a batch norm of a Frozen graph.
func (o *op) normWeight() *Tensor {
	if o.norm == nil {
		return nil
	}
	return o.fixed[1]
}

// fold computes the weights.
func (p *pack) fold() (f kernel.Folded, err error) {
	if p.weight.memory == nil {
		return f, errors.Errorf("graph: %s is detached from its State, and not folded for such a batch", p.weight.Name)
	}
	scale, shift := make([]float32, p.conv.K), make([]float32, p.conv.K)
	constant(1)(scale, nil)
	if p.norm != nil {
		n := p.norm.norm
		n.prepare(nil, p.norm.fixed[1].memory, p.norm.fixed[2].memory)
		copy(scale, n.scale)
		copy(shift, n.shift)
	}
	if p.bias != nil {
		for i, v := range p.bias.memory {
			shift[i] += v * scale[i]
		}
	}
	f.Fold(p.conv, p.weight.memory, scale, shift)
	return f, nil
}

// runPacked makes the operation run with its pack.
func (o *op) runPacked() {
	p := o.pack
	relu := o.norm != nil && o.norm.relu
	o.run = func(y []float32, in []operand) {
		var shortcut []float32
		if o.norm != nil && len(in) == 4 {
			shortcut = in[3].f
		}
		p.folded.Forward(y, p.head.args[0].f, shortcut, relu)
	}
}

// settle takes in the weights of a Frozen graph if there are others since the last run.
func (b *Builder) settle() error {
	if b.folds == nil || b.settled && b.version == b.state.Version() {
		return nil
	}
	version, err := b.folds.settle(b)
	if err == nil {
		b.version, b.settled = version, true
	}
	return err
}
