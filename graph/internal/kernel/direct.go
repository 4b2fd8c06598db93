package kernel

// direct computes a convolution as correlations, with vector instructions and
// without im2col.
type direct struct {
	Conv
	u        *vectorUnit
	ahead    correlation // the convolution itself
	phases   []phase     // its input gradient
	missed   bool        // some pixels of dx are seen by no tap
	gradient *gradient
	works    Workspaces
}

// newDirect is that of c; with transforms, correlations that Winograd's filtering
// is made for are computed so.
func newDirect(c Conv, u *vectorUnit, transforms bool) *direct {
	d := &direct{Conv: c, u: u, ahead: c.correlation(), gradient: newGradient(c)}
	d.ahead.transforms = transforms && d.ahead.winograd()
	d.ahead.prepare()
	d.phases, d.missed = c.phases()
	w := &d.works
	w.Forward = Workspace{Held: room(d.ahead.packedLen()), Task: d.ahead.task()}
	w.Moments = d.ahead.measured()
	w.Folded.Task, w.Kept = d.ahead.task(), d.ahead.packedLen()+d.bias()
	for i := range d.phases {
		p := &d.phases[i].correlation
		p.transforms = transforms && p.winograd()
		p.prepare()
		need := Workspace{Held: room(p.packedLen()), Task: p.task()}
		if p.transforms {
			need = Workspace{Held: room(p.packedLen(), p.transformed()), Task: p.transformTask()}
		}
		w.BackwardInput.Held = max(w.BackwardInput.Held, need.Held)
		w.BackwardInput.Task = max(w.BackwardInput.Task, need.Task)
	}
	w.Prologue = d.prologue()
	w.BackwardWeights = d.gradient.workspace()
	return d
}

func (d *direct) name() string          { return "direct" }
func (d *direct) workspace() Workspaces { return d.works }
func (d *direct) layout() layout        { return layout{"direct", d.ahead.packedLen(), d.bias()} }

// bias is the length of a bias in blocks of 16 for each group.
func (d *direct) bias() int { return d.Groups * roundUp(d.K/d.Groups) }

// correlation is the convolution as one.
func (c Conv) correlation() correlation {
	return correlation{n: c.N, h: c.H, w: c.W, c: c.C, groups: c.Groups, r: c.R, s: c.S, top: c.Pads[0], left: c.Pads[1],
		step: c.Stride, apart: c.Dilation, oh: c.OH, ow: c.OW, k: c.K, yimage: c.OH * c.OW * c.K, yrow: c.OW * c.K, ypixel: c.K}
}

func (d *direct) forward(k work, y, x, w []float32, m *Moments) {
	packed := k.floats.get(d.ahead.packedLen())
	d.pack(d.u, packed, w, nil)
	k.correlation(d.ahead).run(k, d.u, y, x, packed, epilogue{moments: m})
}

func (d *direct) backwardInput(k work, dx, dy, w, add []float32) {
	d.eachPhase(k, dx, add, func(p *phase, dx []float32, e epilogue) { d.phase(k, p, dx, dy, w, e) })
}

func (d *direct) backwardWeights(k work, dw, x, dy []float32) { d.gradient.run(k, d.u, dw, x, dy) }

func (d *direct) fold(_ work, f *Folded, w, scale, shift []float32) {
	d.foldBias(f, shift)
	d.pack(d.u, f.weights, w, scale)
}

// foldBias lays the shifts out as the blocks of weights.
func (d *direct) foldBias(f *Folded, shift []float32) {
	kg := d.K / d.Groups
	for g := range d.Groups {
		for k := 0; k < kg; k += lanes {
			copy(f.bias[g*roundUp(kg)+k:][:lanes], shift[g*kg+blockAt(k, kg):(g+1)*kg])
		}
	}
}

func (d *direct) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	k.correlation(d.ahead).run(k, d.u, y, x, f.weights, epilogue{bias: f.bias, add: shortcut}.activated(a))
}
