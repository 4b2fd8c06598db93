package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
)

// chain is operations whose outputs are the first channels of the same rows, those of
// the widest: concatenations that add to each other, or gradients that the earlier
// ones are added to. They share its memory, whose rows are wider than the outputs.
type chain struct {
	widest *op
}

// result is what the operation computed, without what else lies in its memory.
func (o *op) result() []float32 {
	size := o.out.TotalSize()
	if len(o.memory) == size {
		return o.memory
	}
	c := o.out[o.out.Dims()-1]
	own := make([]float32, size)
	kernel.CopyChannels(own, o.memory, c, 0, len(o.memory)/(size/c), 0, c)
	return own
}

// shareRows is the rule that a concatenation leaves what it adds to where it lies: its
// memory has room for what comes behind. So a dense block needs the memory of its
// output alone, and of the gradient of that. Whoever reads such a value must be ready
// for wider rows, see definition.wide.
func shareRows(c *construction, keep []*gorgonia.Node) {
	if c.options.Memory == SeparateMemory {
		return
	}
	type reader struct {
		o  *op // nil for one of Gorgonia's own
		in int
	}
	readers := map[*gorgonia.Node][]reader{}
	for _, n := range c.graph.AllNodes() {
		o := opOf(n)
		if o == nil {
			for _, child := range childrenOf(n) {
				readers[child] = append(readers[child], reader{})
			}
			continue
		}
		for i, in := range o.inputs {
			readers[in] = append(readers[in], reader{o, i})
		}
	}
	// free tells whether all who read a value accept it in wider rows; of a gradient that
	// another is about to overwrite, they must read what is behind that.
	free := func(o, overwrites *op) bool {
		if slices.Contains(keep, o.node) || slices.Contains(c.gradients, o.node) || o.out.TotalSize() < smallest || len(readers[o.node]) == 0 {
			return false
		}
		return !slices.ContainsFunc(readers[o.node], func(r reader) bool {
			if r.o == nil || !slices.Contains(r.o.wide, r.in) {
				return true
			}
			a, slice := r.o.attributes.(ConcatAttributes)
			return overwrites != nil && r.o != overwrites && !(slice && a.Part > 0)
		})
	}
	extended := map[*op]bool{}
	for _, o := range c.ops {
		switch {
		case o.kind == KindConcat && o.role == Forward:
			before := opOf(o.inputs[0])
			if before == nil || before.kind != KindConcat || before.role != Forward || extended[before] || !free(before, nil) {
				continue
			}
			extended[before] = true
			if before.chain == nil {
				before.chain = &chain{}
			}
			o.chain = before.chain
			o.chain.widest = o
		case o.addsTo > 0:
			before := opOf(o.inputs[o.addsTo])
			if before == nil || before.kind != o.kind || before.role != o.role || extended[before] || !free(before, o) || !free(o, nil) {
				continue
			}
			extended[before] = true
			if before.chain == nil {
				before.chain = &chain{widest: before}
			}
			o.chain = before.chain
		}
	}
}

// prefixes are where the rule applies that the gradient of what a concatenation adds
// to is added by the norm that reads that too, on its way back. The concatenation is
// differentiated before the norm, being computed from it.
type prefixes struct {
	norms   map[*op]*shortcut // by norm
	concats map[*op]*shortcut // by concatenation
}

// join looks whether the operation, which is about to be added, is such a
// concatenation, and takes its first input out of what is differentiated there.
func (p *prefixes) join(c *construction, o *op) {
	if o.kind != KindConcat || o.role != Forward || !o.wrt[0] || !c.fuses(ruleConcat) {
		return
	}
	norm := p.norm(o.inputs[len(o.inputs)-1], o.inputs[0])
	if norm == nil {
		return
	}
	if p.norms == nil {
		p.norms, p.concats = map[*op]*shortcut{}, map[*op]*shortcut{}
	}
	joined := &shortcut{}
	p.norms[norm], p.concats[o] = joined, joined
	o.wrt[0] = false
}

// norm finds the batch norm on the way to y that reads x, if it can add a gradient.
func (p *prefixes) norm(y, x *gorgonia.Node) *op {
	const longest = 8 // operations of a dense layer
	o := reader(y, x, longest)
	if o == nil || o.norm() == nil || len(o.wrt) != 3 || !o.wrt[0] || p.norms[o] != nil {
		return nil
	}
	return o
}
