package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// unrolled is how many registers of a row are worked on at once, each with sums of
// its own.
const unrolled = 4

// softmax emits what softmax and attention do with rows.
func (s isa) softmax() {
	start("rowMax"+s.name, "returns the largest of whole registers of x, negative infinity of none; a NaN may be passed over.", "func(x []float32) float32")
	acc := make([]VecVirtual, unrolled)
	for i := range acc {
		acc[i] = s.vector()
		VMOVUPS(bits(0xff800000), acc[i])
	}
	s.each(load("x"), unrolled, func(u int, at func(string) Mem) { VMAXPS(at("x"), acc[u], acc[u]) })
	s.fold(acc, 0, func(a, b, c Op) { VMAXPS(a, b, c) })
	end()

	start("expSum"+s.name, "computes y = exp(x*scale - shift) for whole registers of x and returns the sum.", "func(x, y []float32, scale, shift float32) float32")
	scale, shift := s.broadcast("scale"), s.broadcast("shift")
	sum := s.accumulators(1)
	s.hold(ofExp...)
	s.each(load("x", "y"), 1, func(_ int, at func(string) Mem) {
		v := s.vector()
		VMOVUPS(at("x"), v)
		VFMSUB213PS(shift, scale, v)
		s.exp(v, nil)
		VMOVUPS(v, at("y"))
		VADDPS(v, sum[0], sum[0])
	})
	s.sum(sum, 0)
	end()

	start("scale"+s.name, "computes y = x*factor for whole registers of x.", "func(x, y []float32, factor float32)")
	factor := s.broadcast("factor")
	s.each(load("x", "y"), unrolled, func(_ int, at func(string) Mem) {
		v := s.vector()
		VMULPS(at("x"), factor, v)
		VMOVUPS(v, at("y"))
	})
	end()

	start("dot"+s.name, "returns the scalar product of whole registers of x and y.", "func(x, y []float32) float32")
	sum = s.accumulators(unrolled)
	s.each(load("x", "y"), unrolled, func(u int, at func(string) Mem) {
		v := s.vector()
		VMOVUPS(at("x"), v)
		VFMADD231PS(at("y"), v, sum[u])
	})
	s.sum(sum, 0)
	end()

	start("softmaxGrad"+s.name, "computes dx = x*(dy - along)*scale for whole registers of x.", "func(x, dy, dx []float32, along, scale float32)")
	along, scale := s.broadcast("along"), s.broadcast("scale")
	s.each(load("x", "dy", "dx"), unrolled, func(_ int, at func(string) Mem) {
		v := s.vector()
		VMOVUPS(at("dy"), v)
		VSUBPS(along, v, v)
		VMULPS(scale, v, v)
		VMULPS(at("x"), v, v)
		VMOVUPS(v, at("dx"))
	})
	end()

	for _, f := range []struct {
		name, doc string
		body      func(m Mem, v VecVirtual)
	}{
		{"rowAdd", "computes z = x + y for whole registers of x.", func(m Mem, v VecVirtual) { VADDPS(m, v, v) }},
		{"rowMul", "computes z = x*y for whole registers of x.", func(m Mem, v VecVirtual) { VMULPS(m, v, v) }},
	} {
		start(f.name+s.name, f.doc, "func(x, y, z []float32)")
		s.each(load("x", "y", "z"), unrolled, func(_ int, at func(string) Mem) {
			v := s.vector()
			VMOVUPS(at("x"), v)
			f.body(at("y"), v)
			VMOVUPS(v, at("z"))
		})
		end()
	}
}

// layerNorm emits the passes over a row of layer norm.
func (s isa) layerNorm() {
	start("rowMoments"+s.name, "returns the sums of x-center and of its square for whole registers of x.", "func(x []float32, center float32) (sum, square float32)")
	center := s.broadcast("center")
	sum, square := s.accumulators(unrolled), s.accumulators(unrolled)
	if !s.wide() {
		sum, square = sum[:2], square[:2]
	}
	s.each(load("x"), len(sum), func(u int, at func(string) Mem) {
		v := s.vector()
		VMOVUPS(at("x"), v)
		VSUBPS(center, v, v)
		VADDPS(v, sum[u], sum[u])
		VFMADD231PS(v, v, square[u])
	})
	s.sum(sum, 0)
	s.sum(square, 1)
	end()

	start("normRow"+s.name, "computes y = (x - mean)*invstd*weight + bias for whole registers of x.", "func(x, weight, bias, y []float32, mean, invstd float32)")
	mean, invstd := s.broadcast("mean"), s.broadcast("invstd")
	s.each(load("x", "weight", "bias", "y"), 2, func(_ int, at func(string) Mem) {
		v := s.normalised(at, mean, invstd)
		b := s.vector()
		VMOVUPS(at("bias"), b)
		VFMADD231PS(at("weight"), v, b)
		VMOVUPS(b, at("y"))
	})
	end()

	start("normGradSums"+s.name, "returns the sums of g = dy*weight and of g*(x - mean)*invstd for whole registers of x.", "func(x, dy, weight []float32, mean, invstd float32) (sum, along float32)")
	mean, invstd = s.broadcast("mean"), s.broadcast("invstd")
	sum, along := s.accumulators(2), s.accumulators(2)
	s.each(load("x", "dy", "weight"), 2, func(u int, at func(string) Mem) {
		v := s.normalised(at, mean, invstd)
		g := s.vector()
		VMOVUPS(at("dy"), g)
		VMULPS(at("weight"), g, g)
		VADDPS(g, sum[u], sum[u])
		VFMADD231PS(g, v, along[u])
	})
	s.sum(sum, 0)
	s.sum(along, 1)
	end()

	start("normGradRow"+s.name, "computes dx = invstd*(dy*weight - a - (x - mean)*invstd*b) for whole registers of x.", "func(x, dy, weight, dx []float32, mean, invstd, a, b float32)")
	mean, invstd = s.broadcast("mean"), s.broadcast("invstd")
	a, b := s.broadcast("a"), s.broadcast("b")
	s.each(load("x", "dy", "weight", "dx"), 2, func(_ int, at func(string) Mem) {
		v := s.normalised(at, mean, invstd)
		g := s.vector()
		VMOVUPS(at("dy"), g)
		VMULPS(at("weight"), g, g)
		VSUBPS(a, g, g)
		VFNMADD231PS(b, v, g)
		VMULPS(invstd, g, g)
		VMOVUPS(g, at("dx"))
	})
	end()

	start("normColumns"+s.name, "returns the sums of dy*(x - mean)*invstd and of dy down rows, stride floats apart, in the first group of columns: two registers.",
		"func(x, dy, mean, invstd, along, sum []float32, stride int)")
	px, pdy := Load(Param("x").Base(), GP64()), Load(Param("dy").Base(), GP64())
	pm, pi := Load(Param("mean").Base(), GP64()), Load(Param("invstd").Base(), GP64())
	rows, stride := Load(Param("mean").Len(), GP64()), Load(Param("stride"), GP64())
	SHLQ(U8(2), stride)
	sum, along = s.accumulators(2), s.accumulators(2)
	Label("row")
	mean, invstd = s.vector(), s.vector()
	VBROADCASTSS(Mem{Base: pm}, mean)
	VBROADCASTSS(Mem{Base: pi}, invstd)
	for u := range sum {
		v, g := s.vector(), s.vector()
		VMOVUPS(Mem{Base: px, Disp: u * s.size()}, v)
		VMOVUPS(Mem{Base: pdy, Disp: u * s.size()}, g)
		VSUBPS(mean, v, v)
		VMULPS(invstd, v, v)
		VFMADD231PS(g, v, along[u])
		VADDPS(g, sum[u], sum[u])
	}
	ADDQ(stride, px)
	ADDQ(stride, pdy)
	ADDQ(U8(4), pm)
	ADDQ(U8(4), pi)
	DECQ(rows)
	JNZ(LabelRef("row"))
	to := Load(Param("along").Base(), GP64())
	for u, v := range along {
		VMOVUPS(v, Mem{Base: to, Disp: u * s.size()})
	}
	to = Load(Param("sum").Base(), GP64())
	for u, v := range sum {
		VMOVUPS(v, Mem{Base: to, Disp: u * s.size()})
	}
	end()
}

// columnSums emits the sums down columns in double precision, each added in the order of
// the rows.
func (s isa) columnSums() {
	start("columnSums"+s.name, "adds rows of one register of columns, stride bytes apart, to sum.", "func(sum *float64, x *float32, rows, stride int)")
	to, x := Load(Param("sum"), GP64()), Load(Param("x"), GP64())
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	acc := []VecVirtual{s.vector(), s.vector()}
	for u, v := range acc {
		VMOVUPD(Mem{Base: to, Disp: u * s.size()}, v)
	}
	Label("row")
	for u, v := range acc {
		d := s.vector()
		VCVTPS2PD(Mem{Base: x, Disp: u * s.size() / 2}, d)
		VADDPD(d, v, v)
	}
	ADDQ(stride, x)
	DECQ(rows)
	JNZ(LabelRef("row"))
	for u, v := range acc {
		VMOVUPD(v, Mem{Base: to, Disp: u * s.size()})
	}
	end()
}

// normalised is (x - mean)*invstd.
func (s isa) normalised(at func(string) Mem, mean, invstd VecVirtual) VecVirtual {
	v := s.vector()
	VMOVUPS(at("x"), v)
	VSUBPS(mean, v, v)
	VMULPS(invstd, v, v)
	return v
}
