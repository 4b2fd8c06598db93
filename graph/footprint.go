package graph

import (
	"fmt"
	"math/bits"
	"runtime"
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/memory"
	"gorgonia.org/gorgonia"
)

// Footprint is about how many bytes a graph takes when it runs.
type Footprint struct {
	Batch       int   // the first dimension of the first input
	State       int64 // parameters and running statistics; all graphs over them share these
	Gradients   int64 // of the parameters
	Velocities  int64 // of a solver with momentum, where there are gradients
	Packed      int64 // weights as an inference graph runs with them
	Activations int64 // inputs and outputs, as planned: these grow with the batch
	Workspace   int64 // of kernels; all graphs of the process share it
}

// Total is all of it.
func (f Footprint) Total() int64 { return f.State + f.fixed() + f.Activations }

// fixed is what compiling and running the graph adds to the state, whatever the
// batch.
func (f Footprint) fixed() int64 { return f.Gradients + f.Velocities + f.Packed + f.Workspace }

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
	case b.err != nil:
		return Footprint{}, b.err
	case b.compiled != nil:
		return *b.compiled, nil
	}
	p, err := b.settle(keep)
	if err != nil {
		return Footprint{}, err
	}
	return b.footprint(p), nil
}

const (
	float = 4 // bytes
	// taskSpace is what a processor needs to work in, in bytes.
	taskSpace = 3 << 20
)

func (c *construction) footprint(p plan) (f Footprint) {
	if len(c.inputs) > 0 {
		f.Batch = c.inputs[0].Shape()[0]
	}
	for _, t := range c.state.tensors {
		f.State += float * int64(t.size())
	}
	for _, n := range c.inputs {
		f.Activations += float * int64(n.Shape().TotalSize())
	}
	f.Activations += float * int64(p.arena)
	for _, o := range p.own {
		if slices.Contains(c.gradients, o.node) {
			f.Gradients += float * int64(o.out.TotalSize())
		} else {
			f.Activations += float * int64(o.out.TotalSize())
		}
	}
	f.Velocities = f.Gradients
	var held [64]int // the most of each size: kernels keep a list for each power of two
	for _, o := range c.ops {
		if o.absorbedBy != nil {
			continue
		}
		f.Activations += float * int64(o.saved)
		if o.pack == nil || !c.options.Packed.has(o.pack) {
			f.Packed += float * int64(o.packed)
		}
		class := bits.Len(uint(o.workspaceNow))
		held[class] = max(held[class], o.workspaceNow)
	}
	f.Workspace = taskSpace * int64(runtime.GOMAXPROCS(0))
	for _, n := range held {
		f.Workspace += float * int64(n)
	}
	return f
}

// admit refuses what the machine cannot give.
func (c *construction) admit(f Footprint) error {
	f.Activations -= min(float*c.options.Arena.size(), f.Activations) // is there already
	needed := f.fixed() + f.Activations
	available, err := memory.Available(needed)
	switch {
	case err != nil:
		return fmt.Errorf("graph: %w", err)
	case needed <= available:
		return nil
	}
	e := &MemoryError{Needed: needed, Available: available, Batch: f.Batch}
	if left := available - f.fixed(); left > 0 && f.Batch > 0 {
		e.Fits = int(float64(left) / float64(f.Activations) * float64(f.Batch))
	}
	return e
}
