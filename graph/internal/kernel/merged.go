package kernel

// merged computes a convolution of narrow groups by the method for one of fewer,
// wider groups.
type merged struct {
	Conv
	method
	together int
	works    Workspaces
}

// newMerged is that of c, which has so many groups merged to one.
func newMerged(c Conv, together int, inner method) *merged {
	m := &merged{c, inner, together, inner.workspace()}
	wide := room(m.wide())
	m.works.Forward.Held += wide
	m.works.BackwardInput.Held += wide
	m.works.BackwardWeights.Held += wide
	m.works.Fold.Held += wide
	return m
}

// wide is the length of the wider groups' weights.
func (m *merged) wide() int { return m.together * m.depth() * m.K }

func (m *merged) name() string          { return m.method.name() + " of merged groups" }
func (m *merged) workspace() Workspaces { return m.works }

// widened are the weights of the wider groups.
func (m *merged) widened(k work, w []float32) []float32 {
	wide := k.floats.get(m.wide())
	m.spread(wide, w, m.together)
	return wide
}

func (m *merged) forward(k work, y, x, w []float32, moments *Moments) {
	m.method.forward(k, y, x, m.widened(k, w), moments)
}

func (m *merged) backwardInput(k work, dx, dy, w, add []float32) {
	m.method.backwardInput(k, dx, dy, m.widened(k, w), add)
}

func (m *merged) backwardWeights(k work, dw, x, dy []float32) {
	wide := k.floats.get(m.wide())
	m.method.backwardWeights(k, wide, x, dy)
	m.gather(dw, wide, m.together)
}

func (m *merged) fold(k work, f *Folded, w, scale, shift []float32) {
	m.method.fold(k, f, m.widened(k, w), scale, shift)
}

// Groups of fewer than 16 channels are computed several at once, as one group
// whose weights are zero between them: blocks of 16 channels are full then.

// merged is the convolution with so many groups in one, 1 where groups are wide
// enough, do not fill a block evenly, or are too few.
func (c Conv) merged() (m Conv, together int) {
	widest := max(c.C, c.K) / c.Groups
	if c.Groups == 1 || widest >= lanes || lanes%(c.C/c.Groups) != 0 || lanes%(c.K/c.Groups) != 0 || c.Groups%(lanes/widest) != 0 {
		return c, 1
	}
	together = lanes / widest
	c.Groups /= together
	return c, together
}

// spread writes weights [R S C/Groups K] of c to dst, those of a convolution with
// so many of its groups in one.
func (c Conv) spread(dst, w []float32, together int) {
	cg, kg := c.C/c.Groups, c.K/c.Groups
	clear(dst)
	for i := range c.R * c.S * cg {
		tap, channel := i/cg, i%cg
		for g := range c.Groups {
			copy(dst[((tap*together+g%together)*cg+channel)*c.K+g*kg:][:kg], w[i*c.K+g*kg:])
		}
	}
}

// gather is spread's way back: it takes what belongs to the groups out of src.
func (c Conv) gather(w, src []float32, together int) {
	cg, kg := c.C/c.Groups, c.K/c.Groups
	for i := range c.R * c.S * cg {
		tap, channel := i/cg, i%cg
		for g := range c.Groups {
			copy(w[i*c.K+g*kg:][:kg], src[((tap*together+g%together)*cg+channel)*c.K+g*kg:])
		}
	}
}
