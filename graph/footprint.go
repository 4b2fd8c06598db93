package graph

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sort"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/gorgonet/gorgonet/graph/internal/memory"
	"gorgonia.org/gorgonia"
)

// Footprint is about how many bytes a graph takes when it runs.
type Footprint struct {
	Batch       int   // the first dimension of the first input
	State       int64 // parameters and running statistics; all graphs over them share these
	Gradients   int64 // of the parameters
	Velocities  int64 // a set of values of an optimizer like the gradients, where there are those
	Packed      int64 // weights as an inference graph runs with them
	Activations int64 // inputs, outputs and values of one's own, as planned: these grow with the batch
	Workspace   int64 // of kernels; all graphs of the process share it
	Beside      int64 // what Options.Beside says
}

// Total is all of it.
func (f Footprint) Total() int64 {
	return f.State + f.Gradients + f.Velocities + f.Packed + f.Activations + f.Workspace + f.Beside
}

// Beside is memory that who runs a graph takes besides it, for Compile to count.
type Beside struct {
	Example   int64 // bytes for each example of a batch, as of batches that are loaded ahead
	Gradients int   // further sets of values like the gradients: sums of them, second moments of an optimizer; -1 for one that keeps none
	States    int   // further sets of values like the State: an average of the weights
	Fixed     int64 // other bytes
}

// MemoryError is the error of Compile for a graph that takes more memory than there
// is: what the machine and the control groups of the process leave it, on systems
// where that is known, or GOMEMLIMIT. The environment variable GORGONET_MEMORY says
// otherwise: a size such as 8GiB, or off for no limit.
type MemoryError struct {
	Needed    int64 // besides the state, which is there already
	Available int64
	Batch     int // that was asked for
	Fits      int // the largest batch that fits, 0 if not one example does
}

// Error implements error.
func (e *MemoryError) Error() string {
	advice := "not even a batch of 1 fits"
	if e.Fits > 0 {
		advice = fmt.Sprintf("a batch of %d fits", e.Fits)
	}
	return fmt.Sprintf("graph: a batch of %d takes about %s of memory and %s are available; %s (%s=off tries all the same)",
		e.Batch, memory.Format(e.Needed), memory.Format(e.Available), advice, memory.Variable)
}

// Footprint estimates the memory of the graph as Compile makes it, before
// anything but the state and the inputs has memory. Of a graph that is compiled it
// tells what Compile made.
func (b *Builder) Footprint(keep ...*gorgonia.Node) (Footprint, error) {
	switch {
	case b.Err() != nil:
		return Footprint{}, b.Err()
	case b.compiled != nil:
		return *b.compiled, nil
	}
	p, err := b.settle(keep, 0)
	if err != nil {
		return Footprint{}, err
	}
	return b.footprint(p), nil
}

const (
	float = 4 // bytes
	// taskSpace is what a processor needs to work in besides, in bytes: for sums and
	// lists of places.
	taskSpace = 1 << 20
)

// batch is the first dimension of the first input, 0 without one.
func (c *construction) batch() int {
	if len(c.inputs) == 0 {
		return 0
	}
	return c.inputs[0].Shape()[0]
}

// sizeAt is how many values a node would have if the batch were one of n; 0 means as it
// is. What has a dimension for the batch has it first, and another besides.
func (c *construction) sizeAt(node *gorgonia.Node, n int) int {
	size, own := node.Shape().TotalSize(), c.batch()
	if n == 0 || node.Shape().Dims() < 2 || node.Shape()[0]%own != 0 || slices.Contains(c.gradients, node) || slices.Contains(c.params, node) {
		return size
	}
	return size / own * n
}

// workAt is a convolution as it would be in a batch of n; 0 means as it is.
func (c *construction) workAt(conv kernel.Conv, n int) kernel.Conv {
	if own := c.batch(); n > 0 && conv.N%own == 0 {
		conv.N = conv.N / own * n
	}
	return conv
}

func (c *construction) footprint(p plan) (f Footprint) {
	f.Batch = cmp.Or(p.batch, c.batch())
	for _, t := range c.state.tensors {
		f.State += float * int64(t.size())
	}
	for _, n := range c.inputs {
		if n.Shape().Dims() == 1 && p.batch > 0 { // labels
			f.Activations += float * int64(p.batch)
			continue
		}
		f.Activations += float * int64(c.sizeAt(n, p.batch))
	}
	for _, n := range c.graph.AllNodes() {
		if c.leaves[n] == 0 && opOf(n) == nil && n.Shape().Dims() > 0 { // of Gorgonia's, or the user's own
			f.Activations += float * int64(c.sizeAt(n, p.batch))
		}
	}
	f.Activations += float * int64(p.arena)
	for _, o := range p.own {
		if slices.Contains(c.gradients, o.node) {
			f.Gradients += float * int64(o.out.TotalSize())
		} else {
			f.Activations += float * int64(c.sizeAt(o.node, p.batch))
		}
		if p.overwritten[o.node] && p.kept[o.node] {
			f.Activations += float * int64(c.sizeAt(o.node, p.batch)) // a copy
		}
	}
	f.Velocities = f.Gradients
	c.operations(&f, p.batch)
	beside := c.options.Beside
	f.Beside = beside.Fixed + beside.Example*int64(f.Batch) + f.State*int64(beside.States)
	if c.gradients != nil {
		for _, n := range c.params {
			f.Beside += float * int64(n.Shape().TotalSize()) * int64(beside.Gradients)
		}
	}
	return f
}

// operations adds what operations keep besides their outputs, and hold while they run.
func (c *construction) operations(f *Footprint, batch int) {
	at := func(conv kernel.Conv) kernel.Conv { return c.workAt(conv, batch) }
	var own, held, sums, task int // the most of any operation
	for _, o := range c.ops {
		if o.absorbedBy != nil {
			continue
		}
		f.Activations += float * int64(o.saved) * int64(c.sizeAt(o.node, batch)) / int64(max(o.out.TotalSize(), 1))
		own = max(own, o.held)
		var works []kernel.Workspace
		switch {
		case o.folds != nil:
			w := kernel.Choose(at(o.folds.Conv)).Workspace()
			if o.start != nil {
				w.Folded.Held, w.Folded.Task = w.Folded.Held+w.Prologue.Held, w.Folded.Task+w.Prologue.Task
			}
			works = append(works, w.Fold, w.Folded)
			if o.pack == nil || !c.options.Packed.has(o.pack) {
				f.Packed += float * int64(w.Kept)
			}
		case o.workspace != nil:
			works = append(works, o.workspace(at))
		}
		for _, w := range works {
			held, sums, task = max(held, w.Held), max(sums, w.Sums), max(task, w.Task)
		}
	}
	f.Workspace = float*int64(own+held+2*sums) + int64(runtime.GOMAXPROCS(0))*(float*int64(task)+taskSpace)
}

// admit refuses what the machine cannot give.
func (c *construction) admit(f Footprint, keep []*gorgonia.Node) error {
	// The state is there already, and so is what an arena has.
	needed := func(f Footprint) int64 {
		return f.Total() - f.State - min(float*c.options.Arena.size(), f.Activations)
	}
	there := int64(0) // of the inputs, which another batch would not have made
	for _, n := range c.inputs {
		if n.Value() != nil {
			there += float * int64(n.Shape().TotalSize())
		}
	}
	available, err := memory.Available(needed(f) - there)
	switch {
	case err != nil:
		return fmt.Errorf("graph: %w", err)
	case memory.Set():
		there = 0 // what is said is for all of it
	}
	if available < memory.Unlimited {
		available += there
	}
	if needed(f) <= available {
		return nil
	}
	e := &MemoryError{Needed: needed(f), Available: available, Batch: f.Batch}
	e.Fits = sort.Search(max(f.Batch-1, 0), func(i int) bool { // the first after those that fit
		p, err := c.settle(keep, i+1)
		return err != nil || needed(c.footprint(p)) > available
	})
	return e
}
