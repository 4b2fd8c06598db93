package training

import "github.com/gorgonet/gorgonet/graph"

// average is an exponential moving average of the tensors of a state, in a state of
// its own, which evaluations then measure (Polyak and Juditsky 1992; Szegedy et al.
// 2016, section 8). At the start, when it would mostly remember the initial
// weights, it follows faster: its first value is the weights after the first step.
type average struct {
	state *graph.State
	decay float64
}

// update takes in the tensors as they are after so many steps, but for those that
// evaluations do without: auxiliary heads.
func (a *average) update(state *graph.State, steps int) {
	n := float64(steps)
	rate := float32(1 - min(a.decay, (n-1)/(n+9)))
	for _, of := range a.state.Tensors() {
		mean := of.Data()
		for i, v := range state.Get(of.Name).Data() {
			mean[i] += rate * (v - mean[i])
		}
	}
}
