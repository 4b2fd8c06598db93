package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// adam is a step of Adam on registers of floats:
//
//	x = kept*w; g = grad + decay*x
//	m += first*(g - m); v = second*v + rest*g*g
//	w = x - rate*m/(sqrt(v)*root + epsilon)
func (s isa) adam() {
	TEXT("adam"+s.name, NOSPLIT, "func(w, m, v, grad *float32, first, second, rest, root, epsilon, rate, decay, kept float32, registers int)")
	Pragma("noescape")
	w, m, v := Load(Param("w"), GP64()), Load(Param("m"), GP64()), Load(Param("v"), GP64())
	grad := Load(Param("grad"), GP64())
	first, second, rest, root := s.broadcast("first"), s.broadcast("second"), s.broadcast("rest"), s.broadcast("root")
	epsilon, rate, decay, kept := s.broadcast("epsilon"), s.broadcast("rate"), s.broadcast("decay"), s.broadcast("kept")
	registers := Load(Param("registers"), GP64())
	Label("register")
	x, g, mean, square, t := s.vector(), s.vector(), s.vector(), s.vector(), s.vector()
	VMULPS(Mem{Base: w}, kept, x)
	VMOVUPS(Mem{Base: grad}, g)
	VFMADD231PS(decay, x, g)
	VMOVUPS(Mem{Base: m}, mean)
	VSUBPS(mean, g, t)
	VFMADD231PS(first, t, mean)
	VMOVUPS(mean, Mem{Base: m})
	VMULPS(rest, g, t)
	VMULPS(Mem{Base: v}, second, square)
	VFMADD231PS(t, g, square)
	VMOVUPS(square, Mem{Base: v})
	VSQRTPS(square, square)
	VFMADD213PS(epsilon, root, square)
	VMULPS(rate, mean, mean)
	VDIVPS(square, mean, mean)
	VSUBPS(mean, x, x)
	VMOVUPS(x, Mem{Base: w})
	for _, p := range []Op{w, m, v, grad} {
		ADDQ(U32(block/s.registers), p)
	}
	DECQ(registers)
	JNZ(LabelRef("register"))
	VZEROUPPER()
	RET()
}
