package graph

import (
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Arena is memory that several graphs use in turn, as large as the largest of them
// needs: see Options. One of them runs at a time; another's Run is ErrBusy meanwhile.
// Their inputs lie there too, so a graph is given its inputs after the last run of
// another, into the memory that Floats says then. The zero value is ready to use.
type Arena struct {
	mu     sync.Mutex // held by a run
	memory []float32
	graphs map[*construction]plan
}

// size is how many floats it has.
func (a *Arena) size() int64 {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return int64(len(a.memory))
}

// admit gives a graph its memory. Where that makes the arena larger, all others move.
func (a *Arena) admit(c *construction, p plan) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.graphs == nil {
		a.graphs = map[*construction]plan{}
	}
	a.graphs[c] = p
	if need := p.arena + c.inputSpace(); need > len(a.memory) {
		a.memory = aligned(need)
		for other, p := range a.graphs {
			if err := other.place(p, a.memory); err != nil {
				return err
			}
		}
		return nil
	}
	return c.place(p, a.memory)
}

// remove ends a graph's use.
func (a *Arena) remove(c *construction) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.graphs, c)
}

// inputSpace is how many floats the inputs take in an arena, behind the buffers.
func (c *construction) inputSpace() (n int) {
	for _, in := range c.inputs {
		if c.inArena(in) {
			n += alignment + in.Shape().TotalSize()
		}
	}
	return n
}

// inArena tells whether an input's memory lies in the arena.
func (c *construction) inArena(input *gorgonia.Node) bool {
	return c.options.Arena != nil && input.Dtype() == tensor.Float32
}

// place gives the operations that share memory, and inputs in an arena, theirs.
func (c *construction) place(p plan, arena []float32) error {
	for _, u := range p.buffers {
		for _, o := range u.ops {
			o.give(arena[u.offset : u.offset+u.size : u.offset+u.size])
			o.reused = true
		}
	}
	for _, o := range c.ops {
		if o.absorbedBy != nil {
			// Gorgonia wants a value: a header over what the other computes, of the same
			// shape, or over what it starts from.
			memory := o.absorbedBy.memory
			if o.absorbedBy.start == o {
				memory = opOf(o.inputs[0]).memory
			}
			o.give(memory)
			o.reused = true
		}
	}
	if c.options.Memory == PoisonedMemory {
		c.poison(p.buffers)
	}
	at := p.arena
	for _, in := range c.inputs {
		if !c.inArena(in) {
			continue
		}
		at = (at + alignment - 1) / alignment * alignment
		size := in.Shape().TotalSize()
		v := tensor.New(tensor.WithShape(in.Shape().Clone()...), tensor.WithBacking(arena[at:at+size:at+size]))
		if err := gorgonia.Let(in, v); err != nil {
			return err
		}
		at += size
	}
	return nil
}
