package kernel

// methods of loops.
func (loops) methods(c Conv) (all []method) {
	if c.depthwise() {
		all = append(all, newPlainDepthwise(c))
	}
	return append(all, newPlain(c))
}

// methods of vectors. Groups are merged where that fills blocks of channels.
func (v vectors) methods(c Conv) (all []method) {
	if c.depthwise() {
		all = append(all, newDepthwise(c, v.u))
	}
	if m, together := c.merged(); together > 1 {
		for _, inner := range v.correlations(m) {
			all = append(all, newMerged(c, together, inner))
		}
	}
	if d := newDeep(c, newDirect(c, v.u, false), v.u.functions); d != nil {
		all = append(all, d)
	}
	return append(all, v.correlations(c)...)
}

// correlations are the methods by correlation.
func (v vectors) correlations(c Conv) (all []method) {
	if w := newWinograd(c, v.u); w != nil {
		all = append(all, w)
	}
	return append(all, newDirect(c, v.u, false))
}
