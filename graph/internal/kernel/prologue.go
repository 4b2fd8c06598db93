package kernel

// Prologue is what the input of a convolution, whose pixels do not see each other, is
// made of on its way there: for each channel a(x*Scale + Shift).
type Prologue struct {
	Scale      []float32 // [C], or where Shift is nil [N C], those of each picture
	Shift      []float32 // [C]
	Activation Activation
	Step       int // floats from pixel to pixel of x
}

// Prologues tells whether the algorithm takes a prologue.
func (a *Algorithm) Prologues() bool {
	d, ok := a.method.(*direct)
	return ok && d.Groups == 1 && d.ahead.flat()
}

// prologue is what taking one needs besides: room for the input of a task, or for all of
// it where tasks share it.
func (d *direct) prologue() (w Workspace) {
	switch t := d.ahead.cut; {
	case d.Groups > 1 || !d.ahead.flat():
	case t.shares > 1:
		w.Held = room(d.N * d.H * d.W * d.C)
	default:
		w.Task = room(t.cols * d.C)
	}
	return w
}

// ForwardOf is Forward of what the prologue makes of x.
func (f *Folded) ForwardOf(p Prologue, y, x, shortcut []float32, a Activation) {
	d := f.algorithm.method.(*direct)
	w, more := d.works.Folded, d.works.Prologue
	k := takeWork(Workspace{Held: w.Held + more.Held, Task: w.Task + more.Task})
	defer k.release()
	c := k.correlation(d.ahead)
	before := &taken{p, d.H * d.W, d.C}
	if c.cut.shares > 1 {
		all := k.floats.get(d.N * d.H * d.W * d.C)
		parallelRows(d.N*d.H*d.W, d.C, func(lo, hi int) { before.take(all[lo*d.C:hi*d.C], x, lo) })
		if !p.Activation.onTheWay() {
			p.Activation.Forward(all, all)
		}
		x = all
	} else {
		c.before = before
	}
	c.run(k, d.u, y, x, f.weights, epilogue{bias: f.bias, add: shortcut}.activated(a))
}

// taken is a prologue of pictures of so many pixels and channels.
type taken struct {
	Prologue
	pixels, c int
}

// strip is what is made of n pixels of x from one on, in the task's memory.
func (t *taken) strip(s *space, x []float32, from, n int) []float32 {
	in := s.floats.get(n * t.c)
	t.take(in, x, from)
	if !t.Activation.onTheWay() {
		t.Activation.apply(s, in)
	}
	return in
}

// take makes pixels from one on, but for activations that are not applied on the way.
func (t *taken) take(in, x []float32, from int) {
	wide := Wide{x, t.Step}.from(from)
	if t.Shift != nil {
		affineRows(in, wide, t.Scale, t.Shift, t.Activation == RectifiedLinear)
		return
	}
	f := functions()
	n := f.whole(t.c)
	for i := range len(in) / t.c {
		scale := t.Scale[(from+i)/t.pixels*t.c:][:t.c]
		row, out := wide.row(i, t.c), in[i*t.c:(i+1)*t.c]
		f.mul(row[:n], scale[:n], out[:n])
		for j := n; j < t.c; j++ {
			out[j] = row[j] * scale[j]
		}
		t.Activation.onItsWay(out)
	}
}
