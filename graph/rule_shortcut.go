package graph

import "gorgonia.org/gorgonia"

// shortcuts are where the rule applies that, where an identity shortcut leaves the
// input of a convolution and comes back at a norm, the convolution's input
// gradient adds the shortcut's, so that nobody has to. An end is differentiated
// before its start, being computed from it.
type shortcuts struct {
	starts map[*op]*shortcut // by convolution
	ends   map[*op]*shortcut // by norm
}

// shortcut is one of them.
type shortcut struct {
	gradient *gorgonia.Node // at its end, once that is differentiated
}

// join looks whether a shortcut ends at the operation, which is about to be added,
// and if it can be joined takes it out of what is differentiated there.
func (s *shortcuts) join(c *construction, o *op) {
	if o.norm() == nil || len(o.wrt) < 4 || !o.wrt[3] || !c.fuses(ruleShortcutGradient) {
		return
	}
	start := s.start(o.inputs[0], o.inputs[3])
	if start == nil {
		return
	}
	if s.starts == nil {
		s.starts, s.ends = map[*op]*shortcut{}, map[*op]*shortcut{}
	}
	joined := &shortcut{}
	s.starts[start], s.ends[o] = joined, joined
	o.wrt[3] = false
	o.wrt[0] = true
}

// start finds the convolution on the way to x that reads the shortcut's node too,
// if it can take the shortcut's gradient.
func (s *shortcuts) start(x, from *gorgonia.Node) *op {
	const longest = 12 // operations of a residual branch
	o := reader(x, from, longest)
	if o == nil || o.conv() == nil || o.conv().Stride != 1 || s.starts[o] != nil || !o.wrt[0] {
		return nil
	}
	return o
}

// reader is the operation on the way to y, along first inputs and at most so long, that
// reads x; nil where there is none.
func reader(y, x *gorgonia.Node, longest int) *op {
	for range longest {
		o := opOf(y)
		if o == nil || len(o.inputs) == 0 {
			return nil
		}
		if o.inputs[0] == x {
			return o
		}
		y = o.inputs[0]
	}
	return nil
}
