package training

// gradients are those of the parameters that are trained, in the memory of the graph.
type gradients struct {
	names  []string
	values [][]float32
	sums   [][]float32 // of the parts of a batch before the last; nil before there were any
}

func (t *Trainer) gradients() (*gradients, error) {
	if t.grads != nil {
		return t.grads, nil
	}
	g := &gradients{}
	for _, p := range t.network.machine.Params() {
		name, _, grad, err := unpack(p)
		if err != nil {
			return nil, err
		}
		g.names = append(g.names, name)
		g.values = append(g.values, grad.Float32s())
	}
	t.grads = g
	return g, nil
}

// add takes in the gradients of part i of so many; after the last they are the mean
// of all.
func (g *gradients) add(i, parts int) {
	if parts == 1 {
		return
	}
	if g.sums == nil {
		g.sums = make([][]float32, len(g.values))
		for j, v := range g.values {
			g.sums[j] = make([]float32, len(v))
		}
	}
	for j, sum := range g.sums {
		grad := g.values[j]
		switch i {
		case 0:
			copy(sum, grad)
		case parts - 1:
			for k, v := range sum {
				grad[k] = (v + grad[k]) / float32(parts)
			}
		default:
			for k, v := range grad {
				sum[k] += v
			}
		}
	}
}

// clip scales gradients of a norm above the limit down to it (Pascanu et al. 2013),
// as PyTorch's clip_grad_norm_ does.
func (g *gradients) clip(norm, limit float64) {
	if limit == 0 || norm <= limit {
		return
	}
	scale := float32(limit / (norm + 1e-6))
	for _, grad := range g.values {
		for i := range grad {
			grad[i] *= scale
		}
	}
}
