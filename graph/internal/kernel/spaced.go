package kernel

// Spaced is a convolution whose taps lie Dilation pixels apart, and whose padding
// differs from side to side: x [N H W C] with weights [R S C/Groups K] gives
// y [N OH OW K].
//
// Pixels that lie Dilation apart see only each other, so it is a Conv without padding
// of their phases, Dilation x Dilation smaller pictures, which are taken out of the
// padded picture and put together again.
type Spaced struct {
	Conv            // its Pad does not count; of the whole picture
	Pads     [4]int // top, left, bottom, right
	Dilation [2]int
	phases   Conv
	steps    [2]int // of rows and columns that are taken of a phase's output
}

// Resolve returns s with its output size filled in, 0 where the kernel does not fit.
func (s Spaced) Resolve() Spaced {
	size := func(n, pads, kernel, dilation int) int {
		if n += pads - dilation*(kernel-1) - 1; n < 0 {
			return 0
		}
		return n/s.Stride + 1
	}
	s.OH = size(s.H, s.Pads[0]+s.Pads[2], s.R, s.Dilation[0])
	s.OW = size(s.W, s.Pads[1]+s.Pads[3], s.S, s.Dilation[1])
	if s.OH < 1 || s.OW < 1 {
		return s
	}
	s.phases = s.Conv
	s.phases.Pad = 0
	s.steps = [2]int{1, 1}
	if s.Dilation != [2]int{1, 1} {
		s.steps = [2]int{s.Stride, s.Stride} // the phases compute every place, of which these are taken
		s.phases.Stride = 1
	}
	s.phases.N = s.N * s.Dilation[0] * s.Dilation[1]
	s.phases.H = (s.H + s.Pads[0] + s.Pads[2] + s.Dilation[0] - 1) / s.Dilation[0]
	s.phases.W = (s.W + s.Pads[1] + s.Pads[3] + s.Dilation[1] - 1) / s.Dilation[1]
	s.phases = s.phases.Resolve()
	return s
}

// Workspace is what the most demanding of the three holds while it runs, about.
func (s Spaced) Workspace() int {
	c := s.phases
	return c.N*(c.H*c.W*c.C+c.OH*c.OW*c.K) + max(c.ForwardWorkspace(), c.BackwardWorkspace())
}

// Forward computes y.
func (s Spaced) Forward(y, x, w []float32) {
	in, out := s.buffers()
	defer buffers.put(in)
	defer buffers.put(out)
	s.takeIn(*in, x)
	s.phases.Forward(*out, *in, w, nil)
	s.each(s.phases.OH, s.phases.OW, s.K, func(row []float32, n, ph, pw, h int) {
		s.outputs(ph, pw, h, func(j, place int) {
			copy(y[(n*s.OH*s.OW+place)*s.K:][:s.K], row[j*s.K:])
		})
	}, *out)
}

// BackwardInput computes dx from dy and w.
func (s Spaced) BackwardInput(dx, dy, w []float32) {
	in, out := s.buffers()
	defer buffers.put(in)
	defer buffers.put(out)
	s.takeOut(*out, dy)
	s.phases.BackwardInput(*in, *out, w)
	s.each(s.phases.H, s.phases.W, s.C, func(row []float32, n, ph, pw, h int) {
		s.inputs(ph, pw, h, func(j, place int) {
			copy(dx[(n*s.H*s.W+place)*s.C:][:s.C], row[j*s.C:])
		})
	}, *in)
}

// BackwardWeights computes dw from x and dy.
func (s Spaced) BackwardWeights(dw, x, dy []float32) {
	in, out := s.buffers()
	defer buffers.put(in)
	defer buffers.put(out)
	s.takeIn(*in, x)
	s.takeOut(*out, dy)
	s.phases.BackwardWeights(dw, *in, *out)
}

func (s Spaced) buffers() (in, out *[]float32) {
	c := s.phases
	return buffers.get(c.N * c.H * c.W * c.C), buffers.get(c.N * c.OH * c.OW * c.K)
}

// takeIn writes the phases of the padded x.
func (s Spaced) takeIn(in, x []float32) {
	s.each(s.phases.H, s.phases.W, s.C, func(row []float32, n, ph, pw, h int) {
		clear(row)
		s.inputs(ph, pw, h, func(j, place int) {
			copy(row[j*s.C:][:s.C], x[(n*s.H*s.W+place)*s.C:])
		})
	}, in)
}

// takeOut writes the phases of dy, zero where nothing was taken of them.
func (s Spaced) takeOut(out, dy []float32) {
	s.each(s.phases.OH, s.phases.OW, s.K, func(row []float32, n, ph, pw, h int) {
		clear(row)
		s.outputs(ph, pw, h, func(j, place int) {
			copy(row[j*s.K:][:s.K], dy[(n*s.OH*s.OW+place)*s.K:])
		})
	}, out)
}

// each visits the rows of the phases: row h of phase (ph, pw) of picture n.
func (s Spaced) each(height, width, c int, f func(row []float32, n, ph, pw, h int), all []float32) {
	phases := s.Dilation[0] * s.Dilation[1]
	parallel(s.N*phases*height, func(_ *space, i int) {
		image := i / height
		phase := image % phases
		f(all[i*width*c:(i+1)*width*c], image/phases, phase/s.Dilation[1], phase%s.Dilation[1], i%height)
	})
}

// inputs visits the pixels of row h of a phase that the picture has: the column
// within the phase, and the place in the picture.
func (s Spaced) inputs(ph, pw, h int, f func(j, place int)) {
	y := h*s.Dilation[0] + ph - s.Pads[0]
	if y < 0 || y >= s.H {
		return
	}
	for j := range s.phases.W {
		if x := j*s.Dilation[1] + pw - s.Pads[1]; x >= 0 && x < s.W {
			f(j, y*s.W+x)
		}
	}
}

// outputs visits the places of row h of a phase's output that the output has.
func (s Spaced) outputs(ph, pw, h int, f func(j, place int)) {
	y, ok := s.output(h*s.Dilation[0]+ph, s.steps[0], s.OH)
	if !ok {
		return
	}
	for j := range s.phases.OW {
		if x, ok := s.output(j*s.Dilation[1]+pw, s.steps[1], s.OW); ok {
			f(j, y*s.OW+x)
		}
	}
}

// output is the place of the output that one of the phases', all put together, is.
func (s Spaced) output(at, step, n int) (place int, ok bool) {
	return at / step, at%step == 0 && at/step < n
}
