package kernel

// functionUnit is what a processor's vector instructions do with functions of single
// values, rows and small matrices. All but the tiles take whole registers of width
// floats; see the generator in asm/functions, whose stubs say what each computes.
type functionUnit struct {
	width int // floats of a register

	exp          func(x, y []float32)
	activation   [HardSwish + 1]func(x, y []float32)                          // nil where plain Go has to do
	rows         [HardSwish + 1]func(x *float32, rows, registers, stride int) // activation, in place
	slope        [HardSwish + 1]func(x, dy, dx []float32)                     // the same
	rowMax       func(x []float32) float32
	expSum       func(x, y []float32, scale, shift float32) float32
	scale        func(x, y []float32, factor float32)
	dot          func(x, y []float32) float32
	softmaxGrad  func(x, dy, dx []float32, along, scale float32)
	add, mul     func(x, y, z []float32)
	rowMoments   func(x []float32, center float32) (sum, square float32)
	normRow      func(x, weight, bias, y []float32, mean, invstd float32)
	normGradSums func(x, dy, weight []float32, mean, invstd float32) (sum, along float32)
	normGradRow  func(x, dy, weight, dx []float32, mean, invstd, a, b float32)
	columnSums   func(sum *float64, x *float32, rows, stride int)            // of one register of columns
	normColumns  func(x, dy, mean, invstd, along, sum []float32, stride int) // of two registers of columns

	matTile []func(y, a, b *float32, depth, arow, acol, yrow, add int) // by the number of rows
}

// functions are those of the unit in use.
func functions() *functionUnit { return unit.functions() }

// whole is how many of n floats make whole registers.
func (f *functionUnit) whole(n int) int { return n - n%f.width }

// over calls do for x and y, of one length: what does not fill a register is done in
// one that is filled up, so that a value's result does not depend on where it lies.
func (f *functionUnit) over(s *space, x, y []float32, do func(x, y []float32)) {
	n := f.whole(len(x))
	do(x[:n], y[:n])
	if n == len(x) {
		return
	}
	rest := s.floats.get(f.width)
	clear(rest)
	copy(rest, x[n:])
	do(rest, rest)
	copy(y[n:], rest)
}

// over2 is over for two arguments.
func (f *functionUnit) over2(s *space, x, y, z []float32, do func(x, y, z []float32)) {
	n := f.whole(len(x))
	do(x[:n], y[:n], z[:n])
	if n == len(x) {
		return
	}
	a, b := s.floats.get(f.width), s.floats.get(f.width)
	clear(a)
	clear(b)
	copy(a, x[n:])
	copy(b, y[n:])
	do(a, b, a)
	copy(z[n:], a)
}

// ranges is parallelRange for tasks that need memory to work in.
func ranges(n, unit int, task func(s *space, lo, hi int)) {
	step := max(Grain/unit, 1) * unit
	parallel((n+step-1)/step, func(s *space, i int) { task(s, i*step, min((i+1)*step, n)) })
}
