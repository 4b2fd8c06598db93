package kernel

// How many floats convolutions hold besides what they read and write, for planning.

// ForwardWorkspace is what Forward holds while it runs, about.
func (c Conv) ForwardWorkspace() int {
	if unit == nil {
		return packed(c.depth(), c.K)
	}
	m, wide := c.widened()
	cor := m.forward()
	if cor.winograd() {
		return wide + cor.transformed()
	}
	return wide + cor.packedLen()
}

// BackwardWorkspace is what the more demanding of the gradients holds, about.
func (c Conv) BackwardWorkspace() int {
	if unit == nil {
		return chunks(c.N) * c.depth() * c.K
	}
	m, wide := c.widened()
	cor := m.forward()
	input := cor.packedLen()
	if cor.winograd() {
		return wide + max(input+cor.transformed(), cor.planGrad().sums(positions))
	}
	seen := 0
	if m.skips() {
		seen = m.N * m.OH * m.OW * m.C
	}
	plan, taps, _, _ := newGradient(m).plan()
	return wide + max(input, seen+plan.sums(taps))
}

// FoldWorkspace is what a Folded of the convolution keeps, and what it holds while
// it folds.
func (c Conv) FoldWorkspace() (kept, held int) {
	if unit == nil {
		return c.depth() * c.K, packed(c.depth(), c.K)
	}
	m, wide := c.widened()
	cor := m.forward()
	if cor.winograd() {
		return cor.transformed(), wide + cor.packedLen()
	}
	return cor.packedLen(), wide
}

// widened is the merged convolution, and the length of its weights where they are
// not those of c.
func (c Conv) widened() (m Conv, wide int) {
	m, together := c.merged()
	if together == 1 {
		return m, 0
	}
	return m, together * c.depth() * c.K
}
