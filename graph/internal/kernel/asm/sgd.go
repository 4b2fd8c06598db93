package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// sgd is a step of stochastic gradient descent on groups of floats:
// g = grad + decay*w; v = momentum*v + g; w -= rate*v, or with nesterov
// w -= rate*(g + momentum*v).
func (s isa) sgd() {
	TEXT("sgd"+s.name, NOSPLIT, "func(w, v, grad *float32, rate, momentum, decay float32, groups, nesterov int)")
	Pragma("noescape")
	w := Load(Param("w"), GP64())
	v := Load(Param("v"), GP64())
	grad := Load(Param("grad"), GP64())
	rate, momentum, decay := s.broadcast("rate"), s.broadcast("momentum"), s.broadcast("decay")
	groups := Load(Param("groups"), GP64())
	nesterov := Load(Param("nesterov"), GP64())
	size := block / s.registers
	Label("group")
	for i := range s.group() {
		at := i * size
		weight, velocity, g := s.vector(), s.vector(), s.vector()
		VMOVUPS(Mem{Base: w, Disp: at}, weight)
		VMOVUPS(Mem{Base: grad, Disp: at}, g)
		VMOVUPS(Mem{Base: v, Disp: at}, velocity)
		VFMADD231PS(decay, weight, g)
		VFMADD213PS(g, momentum, velocity)
		VMOVUPS(velocity, Mem{Base: v, Disp: at})
		label := "step" + string(rune('0'+i))
		TESTQ(nesterov, nesterov)
		JZ(LabelRef(label))
		VFMADD213PS(g, momentum, velocity)
		Label(label)
		VFNMADD231PS(rate, velocity, weight)
		VMOVUPS(weight, Mem{Base: w, Disp: at})
	}
	for _, p := range []Op{w, v, grad} {
		ADDQ(U32(s.group()*size), p)
	}
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}
