package kernel

// epilogue is what a correlation does with its sums before it stores them.
type epilogue struct {
	bias []float32 // for each block of 16 output channels
	add  []float32 // lies as y
	relu int       // 1 or 0, as the assembly takes it

	// after is applied to what a task has stored, while it is in the caches.
	after Activation

	moments *Moments // measured of what is stored, nil for none
}

// activated is the epilogue that applies an activation.
func (e epilogue) activated(a Activation) epilogue {
	if a.onTheWay() {
		e.relu = int(a)
	} else {
		e.after = a
	}
	return e
}

// activate applies what is left to apply to channels [first, last) of the pixels in
// y[from:to], c floats each.
func (e epilogue) activate(s *space, y []float32, from, to, c, first, last int) {
	f, n := functions(), last-first
	switch rows := f.rows[e.after]; {
	case e.after == Identity || from == to:
	case n == c:
		e.after.apply(s, y[from:to])
	case rows != nil && n == f.whole(n):
		rows(&y[from+first], (to-from)/c, n/f.width, 4*c)
	default:
		for ; from < to; from += c {
			e.after.apply(s, y[from+first:from+last])
		}
	}
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

// begin is called before tasks measure so many strips.
func (e epilogue) begin(k work, strips int) {
	if e.moments != nil {
		e.moments.begin(k, strips)
	}
}

// measure takes the moments of the strip y[from:to], while it is in the caches.
func (e epilogue) measure(s *space, strip int, y []float32, from, to int) {
	if e.moments != nil {
		e.moments.strip(s, strip, y[from:to])
	}
}

// end is called when all strips are measured.
func (e epilogue) end() {
	if e.moments != nil {
		e.moments.end()
	}
}
