package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// columnKernels are passes that walk down rows of one block of 16 channels, where the
// rows of every stream lie a number of bytes of its own apart: such as the first
// channels of wider rows.
func (s isa) columnKernels() {
	affine := func(v row) VecVirtual {
		out := v.s.vector()
		VMOVAPS(v.channel["shift"], out)
		VFMADD231PS(v.channel["scale"], v.stream["x"], out)
		return out
	}
	s.columnKernel("columnAffine", "y", []string{"x"}, []string{"scale", "shift"}, nil, func(v row) { v.result(affine(v)) })
	s.columnKernel("columnAffineReLU", "y", []string{"x"}, []string{"scale", "shift"}, nil, func(v row) { v.result(v.relu(affine(v))) })
	s.columnKernel("columnMoments", "", []string{"x"}, []string{"pivot"}, []string{"sum", "square"}, func(v row) {
		d := v.s.vector()
		VSUBPS(v.channel["pivot"], v.stream["x"], d)
		VADDPS(d, v.sum["sum"], v.sum["sum"])
		VFMADD231PS(d, d, v.sum["square"])
	})
	for _, mask := range []bool{false, true} {
		name, streams := "", []string{"x", "dy"}
		if mask {
			name, streams = "ReLU", []string{"x", "dy", "y"}
		}
		// sums of dz*(x-mean) and of dz, dz being dy where y > 0
		s.columnKernel("columnGradSums"+name, "", streams, []string{"mean"}, []string{"sxdz", "sdz"}, func(v row) {
			dz := v.dz(mask)
			d := v.s.vector()
			VSUBPS(v.channel["mean"], v.stream["x"], d)
			VFMADD231PS(d, dz, v.sum["sxdz"])
			VADDPS(dz, v.sum["sdz"], v.sum["sdz"])
		})
		// dx = a*dz + b*x + k, and what is added
		for _, add := range []bool{false, true} {
			name, streams := name, streams
			if add {
				name, streams = name+"Add", append([]string{"add"}, streams...)
			}
			s.columnKernel("columnGradInput"+name, "dx", streams, []string{"a", "b", "k"}, nil, func(v row) {
				dz := v.dz(mask)
				out := v.s.vector()
				if add {
					VADDPS(v.stream["add"], v.channel["k"], out)
				} else {
					VMOVAPS(v.channel["k"], out)
				}
				VFMADD231PS(v.channel["b"], v.stream["x"], out)
				VFMADD231PS(v.channel["a"], dz, out)
				v.result(out)
			})
		}
	}
}

// columnKernel is rowKernel for one block of channels, with a step for each stream.
func (s isa) columnKernel(name, out string, streams, channels, sums []string, body func(row)) {
	written := []string{}
	if out != "" {
		written = []string{out}
	}
	pointersOf := append(append([]string{}, streams...), written...)
	signature := "func("
	for _, p := range append(append(append([]string{}, pointersOf...), channels...), sums...) {
		signature += p + ", "
	}
	signature = signature[:len(signature)-2] + " *float32, rows"
	for _, p := range pointersOf {
		signature += ", " + p + "step"
	}
	TEXT(name+s.name, NOSPLIT, signature+" int)")
	Pragma("noescape")
	pointers, steps := map[string]Register{}, map[string]Register{}
	for _, p := range pointersOf {
		pointers[p] = Load(Param(p), GP64())
		steps[p] = Load(Param(p+"step"), GP64())
	}
	pass := rowPass{s, out, streams, channels, sums, body}
	vectors := pass.vectors(s.registers)
	rows := Load(Param("rows"), GP64())
	pass.emit(vectors, rows, pointers, func() {
		for _, p := range pointersOf {
			ADDQ(steps[p], pointers[p])
		}
	})
}
