package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
)

// SGD is one step of stochastic gradient descent on one parameter, in place and
// in one pass over memory; w, v (the velocity) and grad are of one length:
//
//	g = grad + decay*w;  v = momentum*v + g;  w -= rate*v
//
// With Nesterov's momentum the last is w -= rate*(g + momentum*v). This is the
// paper's rule and PyTorch's. Other lengths are an error, and nothing is changed.
func SGD(w, v, grad []float32, rate, momentum, decay float32, nesterov bool) error {
	if err := sameLength("SGD", w, v, grad); err != nil {
		return err
	}
	kernel.SGD(w, v, grad, rate, momentum, decay, nesterov)
	return nil
}

// sameLength refuses a step on a parameter that comes with values of another length.
func sameLength(step string, w []float32, others ...[]float32) error {
	for _, x := range others {
		if len(x) != len(w) {
			return errors.Errorf("graph: %s: want values of one length for each of %d weights, got %d", step, len(w), len(x))
		}
	}
	return nil
}
