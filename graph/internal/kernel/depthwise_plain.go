package kernel

// plainDepthwise computes a convolution in which every channel is a group of its own
// in plain Go, a row of channels at a time.
type plainDepthwise struct {
	Conv
	works Workspaces
}

func newPlainDepthwise(c Conv) *plainDepthwise {
	return &plainDepthwise{c, Workspaces{
		BackwardWeights: Workspace{Held: room(chunks(c.N) * c.R * c.S * c.C)},
		Moments:         stripsLen(chunks(c.N*c.OH*c.OW), c.C),
		Kept:            c.R*c.S*c.C + c.C,
	}}
}

func (p *plainDepthwise) name() string          { return "depthwise" }
func (p *plainDepthwise) workspace() Workspaces { return p.works }
func (p *plainDepthwise) layout() layout        { return layout{"depthwise", p.R * p.S * p.C, p.C} }

// seen visits the taps under which an output pixel has one of the input.
func (p *plainDepthwise) seen(oh, ow int, visit func(tap, pixel int)) {
	for r := range p.R {
		h := oh*p.Stride - p.Pads[0] + r*p.Dilation
		if h < 0 || h >= p.H {
			continue
		}
		for s := range p.S {
			if w := ow*p.Stride - p.Pads[1] + s*p.Dilation; w >= 0 && w < p.W {
				visit(r*p.S+s, h*p.W+w)
			}
		}
	}
}

// seeing visits the taps through which an input pixel is seen, and by which output
// pixel.
func (p *plainDepthwise) seeing(h, w int, visit func(tap, pixel int)) {
	for r := range p.R {
		oh := h + p.Pads[0] - r*p.Dilation
		if oh < 0 || oh%p.Stride != 0 || oh/p.Stride >= p.OH {
			continue
		}
		for s := range p.S {
			ow := w + p.Pads[1] - s*p.Dilation
			if ow >= 0 && ow%p.Stride == 0 && ow/p.Stride < p.OW {
				visit(r*p.S+s, oh/p.Stride*p.OW+ow/p.Stride)
			}
		}
	}
}

// multiplyAdd adds x*w to y.
func multiplyAdd(y, x, w []float32) {
	x, w = x[:len(y)], w[:len(y)]
	for i := range y {
		y[i] += x[i] * w[i]
	}
}

// each calls f for every pixel of height x width of every image, with its row of
// channels in y.
func (p *plainDepthwise) each(k work, y []float32, height, width int, f func(row []float32, n, i, j int)) {
	k.parallel(p.N*height, func(_ *space, task int) {
		for j := range width {
			f(y[(task*width+j)*p.C:][:p.C], task/height, task%height, j)
		}
	})
}

func (p *plainDepthwise) forward(k work, y, x, w []float32, m *Moments) {
	p.each(k, y, p.OH, p.OW, func(row []float32, n, oh, ow int) {
		clear(row)
		image := x[n*p.H*p.W*p.C:]
		p.seen(oh, ow, func(tap, pixel int) { multiplyAdd(row, image[pixel*p.C:], w[tap*p.C:]) })
	})
	if m != nil {
		m.Measure(y)
	}
}

func (p *plainDepthwise) backwardInput(k work, dx, dy, w, add []float32) {
	p.each(k, dx, p.H, p.W, func(row []float32, n, h, w0 int) {
		clear(row)
		image := dy[n*p.OH*p.OW*p.C:]
		p.seeing(h, w0, func(tap, pixel int) { multiplyAdd(row, image[pixel*p.C:], w[tap*p.C:]) })
	})
	if add != nil {
		Add(dx, dx, add)
	}
}

func (p *plainDepthwise) backwardWeights(k work, dw, x, dy []float32) {
	parts := chunks(p.N)
	sums := k.floats.get(parts * len(dw))
	clear(sums)
	k.parallel(parts, func(_ *space, i int) {
		sum := sums[i*len(dw) : (i+1)*len(dw)]
		first, last := chunk(p.N, parts, i)
		for at := first * p.OH * p.OW; at < last*p.OH*p.OW; at++ {
			image, g := x[at/(p.OH*p.OW)*p.H*p.W*p.C:], dy[at*p.C:]
			p.seen(at/p.OW%p.OH, at%p.OW, func(tap, pixel int) {
				multiplyAdd(sum[tap*p.C:(tap+1)*p.C], image[pixel*p.C:], g)
			})
		}
	})
	sumParts(sums, parts)
	copy(dw, sums)
}

func (p *plainDepthwise) fold(_ work, f *Folded, w, scale, shift []float32) {
	for i, v := range w {
		f.weights[i] = v * scale[i%p.C]
	}
	copy(f.bias, shift)
}

func (p *plainDepthwise) folded(k work, f *Folded, y, x, shortcut []float32, a Activation) {
	p.each(k, y, p.OH, p.OW, func(row []float32, n, oh, ow int) {
		copy(row, f.bias)
		image := x[n*p.H*p.W*p.C:]
		p.seen(oh, ow, func(tap, pixel int) { multiplyAdd(row, image[pixel*p.C:], f.weights[tap*p.C:]) })
		if shortcut != nil {
			add := shortcut[((n*p.OH+oh)*p.OW+ow)*p.C:]
			for c := range row {
				row[c] += add[c]
			}
		}
		a.onItsWay(row)
	})
	a.after(y)
}
