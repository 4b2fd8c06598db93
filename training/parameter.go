package training

// Parameter is a parameter and its gradient, both in the layout of memory.
type Parameter struct {
	Name     string
	Weights  []float32
	Gradient []float32 // for the last step's batch; nil before this trainer's first step
}

// Parameters are those of the network as they stand, in order. Their memory is the
// network's own: it is valid until the next step and must not be changed.
func (t *Trainer) Parameters() (out []Parameter) {
	gradients := map[string][]float32{}
	if t.grads != nil {
		for i, name := range t.grads.names {
			gradients[name] = t.grads.values[i]
		}
	}
	for _, x := range t.state.Tensors() {
		if x.Trainable {
			out = append(out, Parameter{x.Name, x.Data(), gradients[x.Name]})
		}
	}
	return out
}
