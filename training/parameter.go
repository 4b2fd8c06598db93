package training

// Parameter is a parameter and its gradient, both in the layout of memory.
type Parameter struct {
	Name     string
	Weights  []float32
	Gradient []float32 // for the last step's batch; nil before this trainer's first step
}

// Parameters are those of the network as they stand, in order. Their memory is the
// network's own: it is valid until the next step and must not be changed.
func (t *Trainer) Parameters() ([]Parameter, error) {
	gradients := map[string][]float32{}
	if t.stepped {
		for _, p := range t.network.machine.Params() {
			name, _, gradient, err := unpack(p)
			if err != nil {
				return nil, err
			}
			gradients[name] = gradient.Float32s()
		}
	}
	var out []Parameter
	for _, x := range t.state.Tensors() {
		if x.Trainable {
			out = append(out, Parameter{x.Name, x.Data(), gradients[x.Name]})
		}
	}
	return out, nil
}
