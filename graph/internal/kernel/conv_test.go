package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// each visits every product behind a convolution: y[yi] += x[xi]*w[wi].
func (c Conv) each(visit func(xi, wi, yi int)) {
	cg, kg := c.C/c.Groups, c.K/c.Groups
	for n := range c.N {
		for oh := range c.OH {
			for ow := range c.OW {
				for k := range c.K {
					yi := ((n*c.OH+oh)*c.OW+ow)*c.K + k
					for r := range c.R {
						for s := range c.S {
							h, w := oh*c.Stride-c.Pads[0]+r*c.Dilation, ow*c.Stride-c.Pads[1]+s*c.Dilation
							if h < 0 || h >= c.H || w < 0 || w >= c.W {
								continue
							}
							for j := range cg {
								visit(((n*c.H+h)*c.W+w)*c.C+k/kg*cg+j, ((r*c.S+s)*cg+j)*c.K+k, yi)
							}
						}
					}
				}
			}
		}
	}
}

// convolutions are shapes that have to be right: some chosen, and a random one
// for every kernel size, stride, padding and number of groups.
func convolutions() []Conv {
	shapes := []Conv{
		{N: 1, H: 1, W: 1, C: 1, K: 1, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 3, H: 1, W: 1, C: 64, K: 10, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 2, H: 1, W: 1, C: 5, K: 3, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 1, H: 9, W: 7, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 16},
		{N: 1, H: 8, W: 8, C: 64, K: 64, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 17, H: 5, W: 6, C: 3, K: 5, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 1},  // more images than partial sums
		{N: 1, H: 2, W: 200, C: 3, K: 4, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1}, // rows longer than a strip
		{N: 1, H: 40, W: 10, C: 4, K: 3, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1}, // a last strip of fewer rows
		{N: 2, H: 6, W: 7, C: 4, K: 6, R: 3, S: 1, Stride: 1, Pads: Sides(1), Groups: 2},   // a kernel that is not square
		{N: 1, H: 3, W: 3, C: 2, K: 2, R: 3, S: 3, Stride: 3, Groups: 1},                   // one output pixel
		{N: 1, H: 5, W: 5, C: 2, K: 2, R: 1, S: 1, Stride: 3, Pads: Sides(3), Groups: 1},   // outputs in the padding alone
	}
	for _, k := range []int{15, 17, 33, 48, 64} { // blocks of channels that are full or not
		shapes = append(shapes, Conv{N: 2, H: 5, W: 9, C: 7, K: k, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
			Conv{N: 1, H: 7, W: 11, C: 20, K: k, R: 1, S: 1, Stride: 1, Groups: 1},
			Conv{N: 1, H: 9, W: 8, C: k, K: 6, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 1},
			Conv{N: 1, H: 6, W: 5, C: 6, K: 2 * k, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 2})
	}
	for w := 1; w <= 32; w++ { // rows of every length
		shapes = append(shapes, Conv{N: 1, H: 3, W: w, C: 3, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1})
	}
	for _, size := range [][3]int{{3, 3, 1}, {3, 4, 1}, {4, 4, 1}, {4, 4, 2}, {5, 4, 2}, {11, 4, 2}, {7, 4, 3}, {16, 16, 0}} { // gradients that skip the first pixels of dy
		for w := 1; w <= 18; w++ {
			shapes = append(shapes, Conv{N: 1, H: 3 + w%4 + size[0] - 2*size[2], W: w + size[0] - 2*size[2], C: 2, K: 16, R: size[0], S: size[0], Stride: size[1], Pads: Sides(size[2]), Groups: 1})
		}
	}
	shapes = append(shapes, Conv{N: 1, H: 3, W: 1, C: 1, K: 16, R: 3, S: 3, Stride: 3, Pads: Sides(1), Groups: 1})
	shapes = append(shapes, Conv{N: 1, H: 65, W: 64, C: 16, K: 3, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1})              // images of many strips
	for _, size := range [][3]int{{2, 8, 8}, {3, 7, 7}, {1, 13, 12}, {40, 1, 1}, {20, 1, 3}, {20, 2, 2}, {9, 4, 5}, {1, 2, 70}} { // Winograd
		shapes = append(shapes, Conv{N: size[0], H: size[1], W: size[2], C: 32, K: 48, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1})
	}
	shapes = append(shapes, Conv{N: 3, H: 12, W: 11, C: 16, K: 16, R: 3, S: 3, Stride: 1, Groups: 1},
		Conv{N: 2, H: 9, W: 10, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(2), Groups: 1},
		Conv{N: 2, H: 5, W: 6, C: 32, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(4), Groups: 1},
		Conv{N: 2, H: 9, W: 7, C: 32, K: 48, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 1},
		Conv{N: 2, H: 6, W: 5, C: 256, K: 80, R: 1, S: 1, Stride: 1, Groups: 1},
		Conv{N: 1, H: 20, W: 20, C: 256, K: 32, R: 1, S: 1, Stride: 1, Groups: 1},
		Conv{N: 2, H: 7, W: 8, C: 256, K: 32, R: 1, S: 1, Stride: 2, Groups: 1})
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...int) int { return from[rng.IntN(len(from))] }
	for _, kernel := range []int{1, 3, 5, 7} {
		for stride := 1; stride <= 3; stride++ {
			for pad := 0; pad <= 3; pad++ {
				for _, groups := range []int{1, 2, 0} {
					c := Conv{N: pick(1, 2, 3), H: kernel + rng.IntN(6), W: kernel + rng.IntN(6),
						C: pick(1, 3, 5, 10, 16, 20), K: pick(1, 3, 5, 10, 16, 20),
						R: kernel, S: kernel, Stride: stride, Pads: Sides(pad), Groups: groups}
					switch groups {
					case 0: // depthwise
						c.Groups, c.K = c.C, c.C*pick(1, 2)
					case 2:
						c.C, c.K = pick(2, 6, 10, 20), pick(2, 6, 10, 20)
					}
					shapes = append(shapes, c)
				}
			}
		}
	}
	shapes = append(shapes, // as they are folded
		Conv{N: 1, H: 5, W: 7, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		Conv{N: 3, H: 9, W: 9, C: 3, K: 16, R: 7, S: 7, Stride: 2, Pads: Sides(3), Groups: 1},
		Conv{N: 1, H: 8, W: 9, C: 256, K: 40, R: 1, S: 1, Stride: 1, Groups: 1},
		Conv{N: 2, H: 6, W: 6, C: 8, K: 24, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 4},
		Conv{N: 1, H: 30, W: 28, C: 32, K: 48, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1})
	shapes = append(shapes, // taps that lie apart, and sides that differ
		Conv{N: 2, H: 9, W: 11, C: 16, K: 32, R: 3, S: 3, Stride: 1, Dilation: 2, Pads: Sides(2), Groups: 1},
		Conv{N: 1, H: 17, W: 15, C: 5, K: 7, R: 3, S: 5, Stride: 2, Dilation: 3, Pads: [4]int{3, 0, 1, 6}, Groups: 1},
		Conv{N: 2, H: 13, W: 12, C: 8, K: 16, R: 3, S: 2, Stride: 4, Dilation: 2, Pads: [4]int{0, 2, 3, 1}, Groups: 4},
		Conv{N: 2, H: 13, W: 14, C: 20, K: 20, R: 3, S: 3, Stride: 2, Dilation: 2, Pads: [4]int{1, 2, 3, 0}, Groups: 20},
		Conv{N: 1, H: 3, W: 4, C: 17, K: 17, R: 2, S: 3, Stride: 1, Pads: [4]int{7, 9, 8, 6}, Groups: 17}, // whole windows in the padding
		Conv{N: 1, H: 4, W: 9, C: 33, K: 33, R: 4, S: 11, Stride: 3, Pads: Sides(5), Groups: 33})
	for _, s := range [][3]int{{64, 64, 16}, {64, 64, 8}, {32, 64, 8}, {64, 32, 8}, {32, 32, 32}, {16, 32, 16}, {48, 48, 12}, {48, 48, 3}, {24, 24, 6}} { // groups that are merged, or not
		for stride := 1; stride <= 2; stride++ {
			shapes = append(shapes, Conv{N: 2, H: 7, W: 6, C: s[0], K: s[1], R: 3, S: 3, Stride: stride, Pads: Sides(1), Groups: s[2]})
		}
	}
	return shapes
}

func TestConv(t *testing.T) {
	s := newSweep(t)
	for i, c := range convolutions() {
		s.conv(c, uint64(i))
	}
}

// TestRandomConv tries convolutions of every kind.
func TestRandomConv(t *testing.T) {
	s := newSweep(t)
	s.random(300, func(rng *rand.Rand) { s.conv(randomConv(rng), rng.Uint64()) })
}

// randomConv is a convolution that has an output, of a bounded number of products.
func randomConv(rng *rand.Rand) Conv {
	c := Conv{N: 1 + rng.IntN(1+rng.IntN(20)), H: side(rng), W: side(rng), R: 1 + rng.IntN(11), Stride: stride(rng), Dilation: 1, Groups: 1}
	c.S = c.R
	cg, kg := channels(rng), channels(rng)
	switch rng.IntN(8) {
	case 0, 1:
		c.S = 1 + rng.IntN(11)
	case 2: // Winograd's
		c.R, c.S, c.Stride, cg, kg = 3, 3, 1, roundUp(cg), roundUp(kg)
	case 3: // depthwise
		c.Groups, cg, kg = channels(rng), 1, 1+rng.IntN(5)/4
	case 4, 5:
		c.Groups = 1 + rng.IntN(16)
		cg, kg = 1+rng.IntN(max(130/c.Groups, 1)), 1+rng.IntN(max(130/c.Groups, 1))
		if rng.IntN(3) == 0 { // merged
			c.Groups, cg, kg = lanes, 1<<rng.IntN(4), 1<<rng.IntN(4)
		}
	case 6: // as pictures are cut into patches, a gradient of whole blocks
		c.Stride = 2 + rng.IntN(4)
		c.R = c.Stride + rng.IntN(3)
		c.S, kg = c.R, roundUp(kg)
	}
	if rng.IntN(4) == 0 {
		c.Dilation = 1 + rng.IntN(3)
	}
	even := rng.IntN(2) == 0
	for i := range c.Pads {
		c.Pads[i] = rng.IntN(1 + max(c.R, c.S))
		if even {
			c.Pads[i] = c.Pads[0]
		}
	}
	fit := func() {
		height, width := c.extent()
		c.H, c.W = max(c.H, height-c.Pads[0]-c.Pads[2]), max(c.W, width-c.Pads[1]-c.Pads[3])
	}
	c.C, c.K = c.Groups*cg, c.Groups*kg
	fit()
	most := 1 << (14 + rng.IntN(7))
	if rng.IntN(40) == 0 {
		most = 1 << 24
	}
	for c = c.Resolve(); c.N*c.OH*c.OW*c.K*c.depth() > most; c = c.Resolve() {
		switch rng.IntN(7) {
		case 0:
			c.N = 1 + rng.IntN(c.N)
		case 1:
			c.H = 1 + rng.IntN(c.H)
		case 2:
			c.W = 1 + rng.IntN(c.W)
		case 3:
			cg = fewer(rng, cg)
		case 4:
			kg = fewer(rng, kg)
		case 5:
			c.Groups = 1 + rng.IntN(c.Groups)
		case 6:
			i := rng.IntN(len(c.Pads))
			c.Pads[i] = rng.IntN(1 + c.Pads[i])
		}
		c.C, c.K = c.Groups*cg, c.Groups*kg
		fit()
	}
	return c
}

// fewer is at most so many channels, blocks where they were blocks.
func fewer(rng *rand.Rand, channels int) int {
	if channels%lanes == 0 && channels > lanes {
		return lanes * (1 + rng.IntN(channels/lanes))
	}
	return 1 + rng.IntN(channels)
}

// conv compares all that can be computed of a convolution with plain sums in
// float64.
func (s *sweep) conv(c Conv, seed uint64) {
	s.Helper()
	shape := c
	c = c.Resolve()
	x, w, dy := random(seed, c.N*c.H*c.W*c.C), random(seed+1, c.R*c.S*c.C/c.Groups*c.K), random(seed+2, c.N*c.OH*c.OW*c.K)
	scale, shift, branch, shortcut := random(seed+3, c.K), random(seed+4, c.K), random(seed+5, len(x)), random(seed+6, len(dy))
	wantY, wantDx, wantDw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
	c.each(func(xi, wi, yi int) {
		wantY[yi] += float64(x[xi]) * float64(w[wi])
		wantDx[xi] += float64(dy[yi]) * float64(w[wi])
		wantDw[wi] += float64(dy[yi]) * float64(x[xi])
	})
	wantSum := make([]float64, len(x))
	for i, v := range wantDx {
		wantSum[i] = v + float64(branch[i])
	}
	// Sums of so many products of normal values are about as large as their root.
	taps := (c.R*gcd(c.Stride, c.Dilation) + c.Stride - 1) / c.Stride * ((c.S*gcd(c.Stride, c.Dilation) + c.Stride - 1) / c.Stride)
	sizeY, sizeDx, sizeDw := math.Sqrt(float64(c.depth())), math.Sqrt(float64(taps*c.K/c.Groups)), math.Sqrt(float64(c.N*c.OH*c.OW))
	tolerance := func(size float64) float64 { return 3e-6 + 1.5e-7*size } // rounding grows with the sum on the way
	sizeFolded := 3.0
	for _, v := range scale {
		sizeFolded = max(sizeFolded, 3+sizeY*math.Abs(float64(v)))
	}
	foldedWith := func(add []float32, a Activation) []float64 {
		want := make([]float64, len(wantY))
		for i, v := range wantY {
			want[i] = v*float64(scale[i%c.K]) + float64(shift[i%c.K])
			if add != nil {
				want[i] += float64(add[i])
			}
			switch a {
			case RectifiedLinear:
				want[i] = max(want[i], 0)
			case HardSwish:
				want[i] *= min(max(want[i]+3, 0), 6) / 6
			}
		}
		return want
	}
	s.once(shape, func(t *trial) {
		for _, a := range Algorithms(c) {
			t.algorithm(a, x, w, dy, branch)
			near := func(what string, want []float64, size float64) {
				t.Helper()
				t.near(a.Name()+", "+what, t.computed[what], want, size, tolerance(size))
			}
			near("output", wantY, sizeY)
			near("input gradient", wantDx, sizeDx)
			near("input gradient and another", wantSum, sizeDx)
			near("weight gradient", wantDw, sizeDw)
			for activation, add := range map[Activation][]float32{Identity: nil, RectifiedLinear: shortcut, HardSwish: nil} {
				got := t.folded(a, x, w, scale, shift, add, activation)
				t.near(a.Name()+", folded", got, foldedWith(add, activation), sizeFolded, tolerance(sizeY))
			}
		}
	})
}

// algorithm computes all that one does in memory of NaN, and wants it to take no
// more memory than it says.
func (t *trial) algorithm(a *Algorithm, x, w, dy, branch []float32) {
	t.Helper()
	x, w, dy, branch = t.input(x), t.input(w), t.input(dy), t.input(branch)
	need := a.Workspace()
	t.computed = map[string][]float32{}
	compute := func(what string, size int, need Workspace, f func(out []float32)) {
		t.Helper()
		out := t.output(size)
		t.borrows(a.Name()+", "+what, need, func() { f(out) })
		t.computed[what] = out
	}
	m := NewMoments(a.K)
	need.Forward.Sums = need.Moments
	compute("output", len(dy), need.Forward, func(y []float32) { a.Forward(y, x, w, m) })
	t.moments(m, t.computed["output"])
	compute("input gradient", len(x), need.BackwardInput, func(dx []float32) { a.BackwardInput(dx, dy, w, nil) })
	compute("input gradient and another", len(x), need.BackwardInput, func(dx []float32) { a.BackwardInput(dx, dy, w, branch) })
	compute("weight gradient", len(w), need.BackwardWeights, func(dw []float32) { a.BackwardWeights(dw, x, dy) })
}

// folded computes the convolution as folded, by weights that were folded for another
// number of pictures where those can be shared.
func (t *trial) folded(a *Algorithm, x, w, scale, shift, shortcut []float32, activation Activation) []float32 {
	t.Helper()
	x, w, shortcut = t.input(x), t.input(w), t.input(shortcut)
	need, name := a.Workspace(), a.Name()
	var f *Folded
	t.borrows(name+", folding", need.Fold, func() { f = a.Fold(w, scale, shift) })
	if kept := len(f.weights) + len(f.bias); kept != need.Kept {
		t.errorf("%s keeps %d values, not %d", name, kept, need.Kept)
	}
	other := a.Conv
	other.N++
	for _, o := range Algorithms(other) {
		g := o.Fold(w, shift, scale)
		g.Fold(w, scale, shift) // anew, in the same memory
		if with, ok := g.With(a); ok {
			f = with
		}
	}
	y := t.output(a.N * a.OH * a.OW * a.K)
	t.borrows(name+", folded", need.Folded, func() { f.Forward(y, x, shortcut, activation) })
	return y
}

// borrows calls f twice, the second time with what was borrowed the first time full
// of NaN, and wants that to be no more than needed.
func (t *trial) borrows(what string, need Workspace, f func()) {
	t.Helper()
	forget()
	f()
	t.takes(what, need)
	soil()
	f()
}

// takes wants what was borrowed since forget to be no more than an operation needs.
func (t *trial) takes(what string, need Workspace) {
	t.Helper()
	for _, w := range works.free {
		if got := len(w.floats.block); got > max(need.Held, leastArena) {
			t.errorf("%s: %d values are held, not %d", what, got, need.Held)
		}
		if got := len(w.sums.block); got > max(room(need.Sums), leastArena) {
			t.errorf("%s: %d sums are held, not %d", what, got, need.Sums)
		}
	}
	for _, s := range spaces.free {
		if got := len(s.floats.block); got > max(need.Task, leastArena) {
			t.errorf("%s: a task takes %d values, not %d", what, got, need.Task)
		}
	}
}

// moments wants m to be the moments of y's channels. Sums of some rows are float32,
// from the first row on, which may be as far off the mean as any.
func (t *trial) moments(m *Moments, y []float32) {
	t.Helper()
	c := len(m.Mean)
	mean, variance := momentsOf(y, c)
	far := make([]float64, c)
	for i, v := range y {
		far[i%c] = max(far[i%c], math.Abs(float64(v)-mean[i%c]))
	}
	for j, f := range far {
		if !(math.Abs(m.Mean[j]-mean[j]) <= 1e-6*f && math.Abs(m.Variance[j]-variance[j]) <= 1e-6*f*f) {
			t.errorf("channel %d: mean %v and variance %v on the way, want %v and %v", j, m.Mean[j], m.Variance[j], mean[j], variance[j])
			return
		}
	}
}

func TestOutSize(t *testing.T) {
	for _, test := range []struct{ n, kernel, stride, pad, want int }{
		{32, 3, 1, 1, 32}, {32, 3, 2, 1, 16}, {33, 3, 2, 1, 17}, {224, 7, 2, 3, 112}, {112, 3, 2, 1, 56},
		{7, 7, 1, 0, 1}, {1, 1, 2, 0, 1}, {2, 3, 1, 0, 0}, {2, 5, 3, 1, 0}, {1, 3, 3, 1, 1},
	} {
		if got := outSize(test.n, test.kernel, test.stride, test.pad); got != test.want {
			t.Errorf("outSize(%d, %d, %d, %d) = %d, want %d", test.n, test.kernel, test.stride, test.pad, got, test.want)
		}
	}
}

// activation is ReLU or nothing.
func activation(relu bool) Activation {
	if relu {
		return RectifiedLinear
	}
	return Identity
}
