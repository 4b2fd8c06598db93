package training

// Parameter is a parameter with its gradient and what its optimizer keeps of it, all
// in the layout of memory and of one length.
type Parameter struct {
	Name     string
	Weights  []float32
	Gradient []float32   // for the last step's batch; nil before this trainer's first step
	Slots    [][]float32 // in the order of Optimizer.Slots; nil before the first step, and of other solvers
	Decay    float64     // of its group: a factor of the optimizer's weight decay, 0 where it has none

	work *sweep
}

// Parameters are those of the network as they stand, in order. Their memory is the
// network's own: it is valid until the next step and must not be changed.
func (t *Trainer) Parameters() (out []Parameter) {
	if t == nil {
		return nil
	}
	gradients := map[string][]float32{}
	if t.grads != nil {
		for i, name := range t.grads.names {
			gradients[name] = t.grads.values[i]
		}
	}
	solver, _ := t.config.Solver.(*Solver)
	for _, x := range t.state.Tensors() {
		if !x.Trainable {
			continue
		}
		p := Parameter{Name: x.Name, Weights: x.Data(), Gradient: gradients[x.Name], Decay: 1}
		if known := solver.known(x.Name); known != nil {
			p.Slots = known.Slots
		}
		if solver != nil {
			_, p.Decay, _ = solver.Groups.factors(solver.stages, x.Name, x.Shape()) // New has checked them
		}
		out = append(out, p)
	}
	return out
}
