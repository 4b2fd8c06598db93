package kernel

// Folded is a convolution with the batch norm behind it folded into its weights,
// for inference: y = activation(conv(x, w*scale) + shift + shortcut).
type Folded struct {
	conv    Conv
	weights []float32 // as the vector unit takes them, or scaled where there is none
	bias    []float32 // in blocks of 16 for each group
}

// Fold takes the weights w [R S C/Groups K] and, per output channel, what they are
// multiplied by and what is added.
func (f *Folded) Fold(c Conv, w, scale, shift []float32) {
	if unit == nil {
		f.fold(c, w, scale, shift)
		return
	}
	c.withMerged(w, func(c Conv, w []float32) { f.fold(c, w, scale, shift) })
}

func (f *Folded) fold(c Conv, w, scale, shift []float32) {
	f.conv = c
	kg := c.K / c.Groups
	kp := roundUp(kg)
	if f.bias == nil {
		f.bias = make([]float32, c.Groups*kp)
		size := len(w)
		if cor := c.forward(); unit != nil && cor.winograd() {
			size = cor.transformed()
		} else if unit != nil {
			size = cor.packedLen()
		}
		f.weights = make([]float32, size)
	}
	for g := range c.Groups {
		copy(f.bias[g*kp:], shift[g*kg:(g+1)*kg])
	}
	switch cor := c.forward(); {
	case unit != nil && cor.winograd():
		packed := buffers.get(cor.packedLen())
		defer buffers.put(packed)
		c.pack(unit, *packed, w, scale)
		cor.transform(unit, f.weights, *packed, c.C*lanes, lanes, 9*c.C*lanes)
		return
	case unit != nil:
		c.pack(unit, f.weights, w, scale)
		return
	}
	for i, v := range w {
		f.weights[i] = v * scale[i%c.K]
	}
}

// Like is the same, with the same memory for weights, of other numbers and sizes of
// pictures; ok is false where the weights would have to lie differently for them.
func (f Folded) Like(c Conv) (like Folded, ok bool) {
	if unit == nil {
		f.conv = c
		return f, true
	}
	c, _ = c.merged()
	was, is := f.conv.forward(), c.forward()
	f.conv = c
	return f, was.winograd() == is.winograd()
}

// Forward computes y [N OH OW K] from x [N H W C]; shortcut is like y, or nil.
func (f *Folded) Forward(y, x, shortcut []float32, a Activation) {
	relu := a == RectifiedLinear
	if !relu && a != Identity {
		defer a.Forward(y, y)
	}
	if unit != nil {
		e := epilogue{bias: f.bias, add: shortcut}
		if relu {
			e.relu = 1
		}
		s := takeSpace()
		defer s.release()
		if cor := s.correlation(f.conv.forward()); cor.winograd() {
			cor.runWinograd(unit, y, x, f.weights, e)
		} else {
			cor.run(unit, y, x, f.weights, e)
		}
		return
	}
	f.conv.Forward(y, x, f.weights, nil)
	kg := f.conv.K / f.conv.Groups
	kp := roundUp(kg)
	parallelRange(len(y), f.conv.K, func(lo, hi int) {
		for i := lo; i < hi; i += f.conv.K {
			row := y[i : i+f.conv.K]
			for k := range row {
				row[k] += f.bias[k/kg*kp+k%kg]
			}
			if shortcut != nil {
				for k, v := range shortcut[i : i+f.conv.K] {
					row[k] += v
				}
			}
			if relu {
				for k, v := range row {
					row[k] = max(v, 0)
				}
			}
		}
	})
}

// epilogue is what a correlation does with its sums before it stores them.
type epilogue struct {
	bias []float32 // for each block of 16 output channels
	add  []float32 // lies as y
	relu int       // 1 or 0, as the assembly takes it

	moments *Moments // measured of what is stored, nil for none
}

// finish stores part of a block: the bias is in it already.
func (e epilogue) finish(y, sums []float32, at int) {
	for i, v := range sums {
		if e.add != nil {
			v += e.add[at+i]
		}
		if e.relu != 0 {
			v = max(v, 0)
		}
		y[at+i] = v
	}
}

// from is the epilogue for the part of y that begins there.
func (e epilogue) from(at int) epilogue {
	if e.add != nil {
		e.add = e.add[at:]
	}
	return e
}

// block is where bias and shortcut of a block begin, nil where there is none.
func (e epilogue) block(b, channel int) (bias, add *float32) {
	if e.bias != nil {
		bias = &e.bias[b*lanes]
	}
	if e.add != nil {
		add = &e.add[channel]
	}
	return bias, add
}

// measure takes the moments of the strip y[from:to], while it is in the caches,
// unless tasks share its channels.
func (e epilogue) measure(s *space, strip, shares int, y []float32, from, to int) {
	if e.moments != nil && shares == 1 {
		e.moments.strip(s, strip, y[from:to])
	}
}
