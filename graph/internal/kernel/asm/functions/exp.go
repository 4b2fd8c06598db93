package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// What exp computes with: the limits of its argument, powers of two in units of e and
// back, in two parts, and the polynomial of the Cephes library for |x| < ln(2)/2.
const (
	expMost, expLeast = 89, -104
	log2e             = 1.44269504088896341
	ln2, ln2Rest      = 0.693359375, -2.12194440e-4
)

var expTerms = []float64{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}

var (
	ofExp    = append([]float64{expMost, expLeast, log2e, ln2, ln2Rest, 1}, expTerms...)
	ofNormal = append(append([]float64{}, ofExp...), append([]float64{20, 0.5, -0.5, 0.25}, tail...)...)
)

// exp overwrites x with its exponential, to about 1 unit in the last place: infinity
// above 88.8, zero below -103.9. Less, unless nil, is subtracted from x with digits
// that x has no room for.
func (s isa) exp(x VecVirtual, less VecVirtual) {
	s.atMost(x, expMost)
	s.atLeast(x, expLeast)
	n := s.vector()
	VMULPS(constant(log2e), x, n)
	if s.wide() {
		VRNDSCALEPS(U8(8), n, n)
	} else {
		VROUNDPS(U8(8), n, n)
	}
	VFNMADD231PS(constant(ln2), n, x)
	VFNMADD231PS(constant(ln2Rest), n, x)
	if less != nil {
		VSUBPS(less, x, x)
	}
	p := s.loaded(expTerms[0])
	for _, c := range expTerms[1:] {
		VFMADD213PS(constant(c), x, p)
	}
	square := s.vector()
	VMULPS(x, x, square)
	VFMADD213PS(x, square, p)
	VADDPS(constant(1), p, x)
	if s.wide() {
		VSCALEFPS(n, x, x)
		return
	}
	half := s.vector() // 2^n may be no float32 where the result is one
	VCVTPS2DQ(n, n)
	VPSRAD(U8(1), n, half)
	VPSUBD(half, n, n)
	for _, e := range []VecVirtual{half, n} {
		VPADDD(bits(127), e, e)
		VPSLLD(U8(23), e, e)
		VMULPS(e, x, x)
	}
}

// logistic overwrites x with 1/(1 + exp(-x)).
func (s isa) logistic(x VecVirtual) {
	VXORPS(bits(1<<31), x, x)
	s.exp(x, nil)
	one := s.loaded(1)
	VADDPS(x, one, x)
	VDIVPS(x, one, x)
}

// tail is the polynomial in t = 1/(1 + x/4) that t exp(-x²/2) is multiplied by for
// the normal distribution's probability beyond x, to 8e-9 for x from 0 to 13.6.
var tail = []float64{0.0997493639588356, 0.0994659960269928, 0.09572308510541916, 0.07108509540557861, 0.08916900306940079,
	0.008244790136814117, 0.03358534350991249, 0.04793505743145943, -0.0612647719681263, 0.016307031735777855}

// normal is the normal distribution's function of x, and exp(-x²/2), both to a few
// units in the last place as long as these are no subnormal numbers.
func (s isa) normal(x VecVirtual) (phi, e VecVirtual) {
	a, low := s.vector(), s.vector()
	e = s.vector()
	VANDPS(bits(1<<31-1), x, a)
	s.atMost(a, 20)
	VMULPS(a, a, e)
	VMOVAPS(e, low)
	VFMSUB231PS(a, a, low) // what rounding took from the square
	VMULPS(constant(0.5), low, low)
	VMULPS(constant(-0.5), e, e)
	s.exp(e, low)
	one, t := s.loaded(1), s.loaded(1)
	VFMADD231PS(constant(0.25), a, t)
	VDIVPS(t, one, t)
	p := s.loaded(tail[len(tail)-1])
	for i := len(tail) - 2; i >= 0; i-- {
		VFMADD213PS(constant(tail[i]), t, p)
	}
	VMULPS(t, p, p)
	VMULPS(e, p, p)
	VSUBPS(p, one, one)
	return s.choose(less, x, s.zero(), p, one), e
}

// activation emits a function of single values, which computes with such constants.
func (s isa) activation(name, doc string, constants []float64, body func(x VecVirtual) (y VecVirtual)) {
	start(name+s.name, doc+", for whole registers of x.", "func(x, y []float32)")
	p := load("x", "y")
	s.hold(constants...)
	s.each(p, 1, func(_ int, at func(string) Mem) {
		x := s.vector()
		VMOVUPS(at("x"), x)
		VMOVUPS(body(x), at("y"))
	})
	end()

	start(name+"Rows"+s.name, doc+", in place of x, for so many registers of each of rows that lie stride bytes apart.", "func(x *float32, rows, registers, stride int)")
	at, rows := Load(Param("x"), GP64()), Load(Param("rows"), GP64())
	registers, stride := Load(Param("registers"), GP64()), Load(Param("stride"), GP64())
	s.hold(constants...)
	place, left := GP64(), GP64()
	Label("row")
	MOVQ(at, place)
	MOVQ(registers, left)
	Label("register")
	x := s.vector()
	VMOVUPS(Mem{Base: place}, x)
	VMOVUPS(body(x), Mem{Base: place})
	ADDQ(U32(s.size()), place)
	DECQ(left)
	JNZ(LabelRef("register"))
	ADDQ(stride, at)
	DECQ(rows)
	JNZ(LabelRef("row"))
	end()
}

// gradient emits dx = dy*slope(x).
func (s isa) gradient(name, doc string, constants []float64, slope func(x VecVirtual) VecVirtual) {
	start(name+"Grad"+s.name, doc+", for whole registers of x.", "func(x, dy, dx []float32)")
	p := load("x", "dy", "dx")
	s.hold(constants...)
	s.each(p, 1, func(_ int, at func(string) Mem) {
		x := s.vector()
		VMOVUPS(at("x"), x)
		g := slope(x)
		VMULPS(at("dy"), g, g)
		VMOVUPS(g, at("dx"))
	})
	end()
}

// cubic is the argument of GELU's approximation, times 2: x (tanhLinear + tanhCubic x²).
const (
	tanhLinear = 2 * 0.79788456080286535588
	tanhCubic  = tanhLinear * 0.044715
)

func (s isa) cubic(x VecVirtual) VecVirtual {
	u := s.vector()
	VMULPS(x, x, u)
	VMULPS(constant(tanhCubic), u, u)
	VADDPS(constant(tanhLinear), u, u)
	VMULPS(x, u, u)
	return u
}

// rising is s + x*s*(1 - s)*slope, the slope of x*s for a logistic function s of
// something that rises by slope; nil for 1.
func (s isa) rising(x, l, slope VecVirtual) VecVirtual {
	g := s.loaded(1)
	VSUBPS(l, g, g)
	VMULPS(l, g, g) // first, as it is 0 where the others may be too large
	if slope != nil {
		VMULPS(slope, g, g)
	}
	VFMADD213PS(l, x, g)
	return g
}

func (s isa) copied(x VecVirtual) VecVirtual {
	v := s.vector()
	VMOVAPS(x, v)
	return v
}

func (s isa) activations() {
	s.activation("exp", "computes y = exp(x)", ofExp, func(x VecVirtual) VecVirtual {
		s.exp(x, nil)
		return x
	})
	s.activation("sigmoid", "computes y = 1/(1 + exp(-x))", ofExp, func(x VecVirtual) VecVirtual {
		s.logistic(x)
		return x
	})
	s.gradient("sigmoid", "computes dx = dy*x*(1 - x) from the output x", []float64{1}, func(x VecVirtual) VecVirtual {
		g := s.loaded(1)
		VSUBPS(x, g, g)
		VMULPS(x, g, g)
		return g
	})
	s.activation("silu", "computes y = x/(1 + exp(-x))", ofExp, func(x VecVirtual) VecVirtual {
		l := s.copied(x)
		s.logistic(l)
		VMULPS(x, l, l)
		return l
	})
	s.gradient("silu", "computes dx = dy*(s + x*s*(1 - s)) with s = 1/(1 + exp(-x))", ofExp, func(x VecVirtual) VecVirtual {
		l := s.copied(x)
		s.logistic(l)
		return s.rising(x, l, nil)
	})
	s.activation("gelu", "computes y = x times the normal distribution's function of x", ofNormal, func(x VecVirtual) VecVirtual {
		phi, _ := s.normal(x)
		VMULPS(x, phi, phi)
		return phi
	})
	s.gradient("gelu", "computes dx = dy times the sum of the normal distribution's function of x and x times its density", ofNormal, func(x VecVirtual) VecVirtual {
		phi, e := s.normal(x)
		VMULPS(constant(0.39894228040143267794), e, e)
		VFMADD231PS(x, e, phi)
		return phi
	})
	s.activation("geluTanh", "computes y = x/(1 + exp(-2u)), u = sqrt(2/pi)*(x + 0.044715*x*x*x)", ofExp, func(x VecVirtual) VecVirtual {
		u := s.cubic(x)
		s.logistic(u)
		VMULPS(x, u, u)
		return u
	})
	s.gradient("geluTanh", "computes the gradient of geluTanh", ofExp, func(x VecVirtual) VecVirtual {
		u := s.cubic(x)
		s.logistic(u)
		slope := s.vector()
		VMULPS(x, x, slope)
		VMULPS(constant(3*tanhCubic), slope, slope)
		VADDPS(constant(tanhLinear), slope, slope)
		return s.rising(x, u, slope)
	})
	s.activation("hardswish", "computes y = x*min(max(x + 3, 0), 6)/6", nil, func(x VecVirtual) VecVirtual {
		y := s.vector()
		VADDPS(constant(3), x, y)
		s.atLeast(y, 0)
		s.atMost(y, 6)
		VMULPS(x, y, y)
		VDIVPS(constant(6), y, y)
		return y
	})
	s.gradient("hardswish", "computes dx = dy*(x/3 + 1/2) for |x| < 3, dy above and 0 below", nil, func(x VecVirtual) VecVirtual {
		g := s.vector()
		VDIVPS(constant(3), x, g)
		VADDPS(constant(0.5), g, g)
		g = s.choose(greaterEqual, x, s.loaded(3), s.loaded(1), g)
		return s.choose(greater, x, s.loaded(-3), g, s.zero())
	})
	s.activation("relu6", "computes y = min(max(x, 0), 6)", nil, func(x VecVirtual) VecVirtual {
		s.atLeast(x, 0)
		s.atMost(x, 6)
		return x
	})
	s.gradient("relu6", "computes dx = dy where the output x is above 0 and below 6, and 0 elsewhere", nil, func(x VecVirtual) VecVirtual {
		g := s.choose(less, x, s.loaded(6), s.loaded(1), s.zero())
		return s.choose(greater, x, s.zero(), g, s.zero())
	})
}
