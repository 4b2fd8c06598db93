package graph

import "github.com/gorgonet/gorgonet/graph/internal/kernel"

// SGD is one step of stochastic gradient descent on one parameter, in place and
// in one pass over memory; w, v (the velocity) and grad are of one length:
//
//	g = grad + decay*w;  v = momentum*v + g;  w -= rate*v
//
// With Nesterov's momentum the last is w -= rate*(g + momentum*v). This is the
// paper's rule and PyTorch's.
func SGD(w, v, grad []float32, rate, momentum, decay float32, nesterov bool) {
	kernel.SGD(w, v, grad, rate, momentum, decay, nesterov)
}
