package training

import (
	"runtime"

	"github.com/gorgonet/gorgonet/graph"
)

// beside is what a run takes in memory besides its training graph: the batches of the
// loaders, slots, sums of gradients, an average, the graph that evaluates, and a checkpoint
// while it is written, which is a copy of the state and of all slots in PyTorch's layout.
func (c *Config) beside() graph.Beside {
	batch := c.Batch / c.Accumulate
	size := int64(1)
	for _, n := range c.Train.Shape() {
		size *= int64(n)
	}
	fields, _ := checkTask(c.Task, c.Model, c.Train.Shape()) // which New has checked
	for _, f := range carried(fields) {
		size += int64(f.size())
	}
	slots := int64(3 + (min(runtime.GOMAXPROCS(0), maxWorkers)-1)/batch)
	b := graph.Beside{Example: 4 * (size + 1) * slots, States: 1}
	if s, ok := c.Solver.(*Solver); ok {
		b.Gradients = 2*len(s.Optimizer.Slots()) - 1 // the graph counts one
	}
	if c.Accumulate > 1 {
		b.Gradients++
	}
	if c.Average > 0 {
		b.States += 2
	}
	if c.Test == nil && c.Average == 0 {
		return b
	}
	if f, err := c.evaluation(batch); err == nil { // an error comes again, from building
		b.Example += f.Activations/int64(batch) + 4*(size+1)*slots
		b.Fixed = f.Packed
	}
	return b
}

// evaluation is what the graph that evaluates takes.
func (c *Config) evaluation(batch int) (f graph.Footprint, err error) {
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	shape := c.Train.Shape()
	if len(shape) != 3 {
		return graph.Footprint{}, b.Err()
	}
	n := network{}
	if n.fields, err = checkTask(c.Task, c.Model, shape); err != nil {
		return graph.Footprint{}, err
	}
	if _, err := n.emit(b, c.Model, shape, batch); err != nil {
		return graph.Footprint{}, err
	}
	return b.Footprint(n.outputs...)
}
