package graph

import (
	"cmp"
	"fmt"
	"math/bits"
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
	Velocities  int64 // of a solver with momentum, where there are gradients
	Folded      int64 // weights as an inference graph runs with them, unless they are there already
	Activations int64 // inputs, outputs and values of one's own, as planned: these grow with the batch
	Workspace   int64 // of kernels; all graphs of the process share it
	Beside      int64 // what Options.Beside says
}

// Total is all of it.
func (f Footprint) Total() int64 {
	return f.State + f.Gradients + f.Velocities + f.Folded + f.Activations + f.Workspace + f.Beside
}

// Beside is memory that who runs a graph takes besides it, for Compile to count.
type Beside struct {
	Example   int64 // bytes for each example of a batch, as of batches that are loaded ahead
	Gradients int   // further sets of values like the gradients: sums of them, moments of a solver
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

// Footprint estimates the memory of the graph as Compile would make it, before
// anything but the state and the inputs has memory. Of a graph that is compiled it
// tells what Compile made.
func (b *Builder) Footprint(keep ...*gorgonia.Node) (Footprint, error) {
	switch {
	case b.err != nil:
		return Footprint{}, b.err
	case b.compiled != nil:
		return *b.compiled, nil
	}
	_, f, err := b.prepare(keep, 0)
	return f, err
}

// prepare settles what Compile makes, or would make of a batch of n if that is not 0.
func (b *Builder) prepare(keep []*gorgonia.Node, n int) (plan, Footprint, error) {
	b.pair(keep)
	p, err := b.plan(keep, n)
	if err != nil {
		return p, Footprint{}, err
	}
	return p, b.footprint(p), nil
}

const (
	float = 4 // bytes
	// taskSpace is what a processor needs to work in, in bytes.
	taskSpace = 3 << 20
)

// batch is the first dimension of the first input, 0 without one.
func (b *Builder) batch() int {
	if len(b.inputs) == 0 {
		return 0
	}
	return b.inputs[0].Shape()[0]
}

// sizeAt is how many values a node would have if the batch were one of n; 0 means as it
// is. What has a dimension for the batch has it first, and another besides.
func (b *Builder) sizeAt(node *gorgonia.Node, n int) int {
	size, own := node.Shape().TotalSize(), b.batch()
	if n == 0 || node.Shape().Dims() < 2 || node.Shape()[0]%own != 0 || slices.Contains(b.gradients, node) || slices.Contains(b.params, node) {
		return size
	}
	return size / own * n
}

func (b *Builder) footprint(p plan) (f Footprint) {
	f.Batch = cmp.Or(p.batch, b.batch())
	parameters := int64(0)
	for _, t := range b.state.tensors {
		f.State += float * int64(t.size())
	}
	for _, n := range b.inputs {
		if n.Shape().Dims() == 1 && p.batch > 0 { // labels
			f.Activations += float * int64(p.batch)
			continue
		}
		f.Activations += float * int64(b.sizeAt(n, p.batch))
	}
	for _, n := range b.graph.AllNodes() {
		if _, own := n.Op().(*op); !own && n.Shape().Dims() > 0 && !slices.Contains(b.inputs, n) && !slices.Contains(b.params, n) && b.state.Get(n.Name()) == nil {
			f.Activations += float * int64(b.sizeAt(n, p.batch)) // of Gorgonia's, or the user's own
		}
	}
	f.Activations += float * int64(p.arena)
	for _, n := range b.params {
		parameters += float * int64(n.Shape().TotalSize())
	}
	for _, o := range p.own {
		if slices.Contains(b.gradients, o.node) {
			f.Gradients += float * int64(o.out.TotalSize())
		} else {
			f.Activations += float * int64(b.sizeAt(o.node, p.batch))
		}
		if p.overwritten[o.node] && p.kept[o.node] {
			f.Activations += float * int64(b.sizeAt(o.node, p.batch)) // a copy
		}
	}
	f.Velocities = f.Gradients
	var held [64]int // the most of each size: kernels keep a list for each power of two
	for _, o := range b.ops {
		if o.keeps > 0 {
			f.Activations += float * int64(b.sizeAt(o.node, p.batch))
		}
		holds := 0
		switch {
		case o.pack != nil:
			var kept int
			if kept, holds = b.workAt(o.pack.conv, p.batch).FoldWorkspace(); !b.folds.has(o.pack) {
				f.Folded += float * int64(kept)
			}
		case o.foldedInto != nil && b.folds != nil:
		case o.foldedInto != nil:
			var kept int
			kept, holds = b.workAt(*o.conv, p.batch).FoldWorkspace()
			f.Folded += float * int64(kept)
		case o.holds != nil:
			holds = o.holds(b.workAt(*o.works, p.batch))
		}
		class := bits.Len(uint(holds))
		held[class] = max(held[class], holds)
	}
	f.Workspace = taskSpace * int64(runtime.GOMAXPROCS(0))
	for _, n := range held {
		f.Workspace += float * int64(n)
	}
	o := b.options.Beside
	f.Beside = o.Fixed + o.Example*int64(f.Batch) + f.State*int64(o.States)
	if len(b.gradients) > 0 {
		f.Beside += parameters * int64(o.Gradients)
	}
	return f
}

// workAt is a convolution as it would be in a batch of n; 0 means as it is.
func (b *Builder) workAt(c kernel.Conv, n int) kernel.Conv {
	if own := b.batch(); n > 0 && c.N%own == 0 {
		c.N = c.N / own * n
	}
	return c
}

// admit refuses what the machine cannot give.
func (b *Builder) admit(f Footprint, keep []*gorgonia.Node) error {
	// The state is there already, and so is what an arena has.
	needed := func(f Footprint) int64 {
		return f.Total() - f.State - min(float*b.options.Arena.size(), f.Activations)
	}
	there := int64(0) // of the inputs, which another batch would not have made
	for _, n := range b.inputs {
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
		_, smaller, err := b.prepare(keep, i+1)
		return err != nil || needed(smaller) > available
	})
	return e
}
