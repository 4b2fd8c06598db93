package kernel

// winograd is direct with Winograd's minimal filtering for the correlations that it
// is made for: the convolution, its input gradient, or both.
type winograd struct {
	*direct
	plan gradPlan
}

// newWinograd is that of c, nil if the filtering is for none of its correlations.
func newWinograd(c Conv, u *vectorUnit) *winograd {
	d := &winograd{direct: newDirect(c, u, true)}
	some := d.ahead.transforms
	for i := range d.phases {
		some = some || d.phases[i].transforms
	}
	if !some {
		return nil
	}
	if d.ahead.transforms {
		d.plan = d.ahead.planGrad()
		transformed, task := d.ahead.transformed(), d.ahead.transformTask()
		w := &d.works
		_, tasks := d.ahead.tileTasks()
		w.Moments = stripsLen(tasks, d.K)
		w.Forward = Workspace{Held: room(transformed), Task: task}
		w.BackwardWeights = Workspace{Held: room(d.plan.sums(positions)), Task: d.ahead.gradTask(d.plan)}
		w.Fold = Workspace{Held: room(d.ahead.packedLen())}
		w.Folded.Task, w.Kept = task, transformed+d.bias()
	}
	return d
}

func (d *winograd) name() string { return "winograd" }

func (d *winograd) layout() layout {
	if !d.ahead.transforms {
		return d.direct.layout()
	}
	return layout{"winograd", d.ahead.transformed(), d.bias()}
}

func (d *winograd) forward(k work, y, x, w []float32, m *Moments) {
	if !d.ahead.transforms {
		d.direct.forward(k, y, x, w, m)
		return
	}
	weights := k.floats.get(d.ahead.transformed())
	d.ahead.transform(d.u, weights, w, d.C*d.K, d.K, lanes)
	k.correlation(d.ahead).runWinograd(k, d.u, y, x, weights, epilogue{moments: m})
}

func (d *winograd) fold(k work, f *Folded, w, scale, shift []float32) {
	if !d.ahead.transforms {
		d.direct.fold(k, f, w, scale, shift)
		return
	}
	d.foldBias(f, shift)
	packed := k.floats.get(d.ahead.packedLen())
	d.pack(d.u, packed, w, scale)
	d.ahead.transform(d.u, f.weights, packed, d.C*lanes, lanes, 9*d.C*lanes)
}

func (d *winograd) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	if !d.ahead.transforms {
		d.direct.folded(k, f, y, x, shortcut, a)
		return
	}
	k.correlation(d.ahead).runWinograd(k, d.u, y, x, f.weights, epilogue{bias: f.bias, add: shortcut}.activated(a))
}
