package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// rowKernels are the passes over memory: each walks down rows of one group of
// channels, as many as fit its registers, stride bytes apart.
func (s isa) rowKernels() {
	for _, mask := range []bool{false, true} {
		name, streams := "", []string{"x", "dy"}
		if mask {
			name, streams = "ReLU", []string{"x", "dy", "y"}
		}
		// sums of dz*(x-mean) and of dz, dz being dy where y > 0
		s.rowKernel("gradSums"+name, "", streams, []string{"mean"}, []string{"sxdz", "sdz"}, func(v row) {
			dz := v.dz(mask)
			d := v.s.vector()
			VSUBPS(v.channel["mean"], v.stream["x"], d)
			VFMADD231PS(d, dz, v.sum["sxdz"])
			VADDPS(dz, v.sum["sdz"], v.sum["sdz"])
		})
		if mask {
			// the same, and dz stored
			s.rowKernel("gradSumsStore", "dz", streams, []string{"mean"}, []string{"sxdz", "sdz"}, func(v row) {
				dz := v.dz(mask)
				d := v.s.vector()
				VSUBPS(v.channel["mean"], v.stream["x"], d)
				VFMADD231PS(d, dz, v.sum["sxdz"])
				VADDPS(dz, v.sum["sdz"], v.sum["sdz"])
				v.result(dz)
			})
		}
		// dx = a*dz + b*x + k
		s.rowKernel("gradInput"+name, "dx", streams, []string{"a", "b", "k"}, nil, func(v row) {
			dz := v.dz(mask)
			out := v.s.vector()
			VMOVAPS(v.channel["k"], out)
			VFMADD231PS(v.channel["b"], v.stream["x"], out)
			VFMADD231PS(v.channel["a"], dz, out)
			v.result(out)
		})
	}
	// sums of x-pivot and of its square
	s.rowKernel("moments", "", []string{"x"}, []string{"pivot"}, []string{"sum", "square"}, func(v row) {
		d := v.s.vector()
		VSUBPS(v.channel["pivot"], v.stream["x"], d)
		VADDPS(d, v.sum["sum"], v.sum["sum"])
		VFMADD231PS(d, d, v.sum["square"])
	})
	affine := func(v row) VecVirtual {
		out := v.s.vector()
		VMOVAPS(v.channel["shift"], out)
		VFMADD231PS(v.channel["scale"], v.stream["x"], out)
		return out
	}
	s.rowKernel("affine", "y", []string{"x"}, []string{"scale", "shift"}, nil, func(v row) { v.result(affine(v)) })
	s.rowKernel("affineReLU", "y", []string{"x"}, []string{"scale", "shift"}, nil, func(v row) { v.result(v.relu(affine(v))) })
	s.rowKernel("affineAdd", "y", []string{"x", "shortcut"}, []string{"scale", "shift"}, nil, func(v row) {
		out := affine(v)
		VADDPS(v.stream["shortcut"], out, out)
		v.result(out)
	})
	s.rowKernel("affineAddReLU", "y", []string{"x", "shortcut"}, []string{"scale", "shift"}, nil, func(v row) {
		out := affine(v)
		VADDPS(v.stream["shortcut"], out, out)
		v.result(v.relu(out))
	})
	s.rowKernel("relu", "y", []string{"x"}, nil, nil, func(v row) { v.result(v.relu(v.stream["x"])) })
	s.rowKernel("reluGrad", "dx", []string{"dy", "y"}, nil, nil, func(v row) { v.result(v.dz(true)) })
	s.rowKernel("add", "z", []string{"x", "y"}, nil, nil, func(v row) {
		VADDPS(v.stream["x"], v.stream["y"], v.stream["y"])
		v.result(v.stream["y"])
	})
	s.rowKernel("addReLU", "z", []string{"x", "y"}, nil, nil, func(v row) {
		VADDPS(v.stream["x"], v.stream["y"], v.stream["y"])
		v.result(v.relu(v.stream["y"]))
	})
}

// row is one vector's share of a row.
type row struct {
	s       isa
	stream  map[string]VecVirtual
	channel map[string]VecVirtual
	sum     map[string]VecVirtual
	zero    VecVirtual
	result  func(VecVirtual)
}

// relu lets a NaN through: the instruction returns its first operand here.
func (v row) relu(x VecVirtual) VecVirtual {
	VMAXPS(x, v.zero, x)
	return x
}

// dz is dy, where y > 0 if there is a mask.
func (v row) dz(mask bool) VecVirtual {
	dy := v.stream["dy"]
	if !mask {
		return dy
	}
	y := v.stream["y"]
	const lessThan = 1 // ordered: a NaN in y gives a gradient of zero
	if v.s.registers == 1 {
		k := K()
		VCMPPS(Imm(lessThan), y, v.zero, k)
		VMOVAPS_Z(dy, k, dy)
		return dy
	}
	VCMPPS(Imm(lessThan), y, v.zero, y)
	VANDPS(y, dy, dy)
	return dy
}

// group is how many vectors of a row a pass holds.
func (s isa) group() int {
	if s.registers == 1 {
		return 4
	}
	return 2
}

// rowKernel emits a pass that reads streams, writes the out stream unless it has
// no name, with one value per channel of the group and sums per channel, which
// start at zero.
func (s isa) rowKernel(name, out string, streams, channels, sums []string, body func(row)) {
	signature := "func("
	for _, p := range append(append(append([]string{}, streams...), channels...), sums...) {
		signature += p + ", "
	}
	if out != "" {
		signature += out + ", "
	}
	signature = signature[:len(signature)-2] + " *float32, rows, stride int)"
	TEXT(name+s.name, NOSPLIT, signature)
	Pragma("noescape")
	pointers := map[string]Register{}
	for _, p := range streams {
		pointers[p] = Load(Param(p), GP64())
	}
	if out != "" {
		pointers[out] = Load(Param(out), GP64())
	}
	pass := rowPass{s, out, streams, channels, sums, body}
	vectors := pass.vectors(s.group())
	rows := Load(Param("rows"), GP64())
	stride := Load(Param("stride"), GP64())
	pass.emit(vectors, rows, pointers, func() {
		for _, name := range streams {
			ADDQ(stride, pointers[name])
		}
		if out != "" {
			ADDQ(stride, pointers[out])
		}
	})
}

// rowPass is what kernels that go over rows do with each vector of one.
type rowPass struct {
	s                       isa
	out                     string
	streams, channels, sums []string
	body                    func(row)
}

// vectors makes n vectors of a row, with the values of their channels and sums of zero.
func (p rowPass) vectors(n int) []row {
	s := p.s
	size := block / s.registers
	vectors := make([]row, n)
	zeros := s.vector()
	zero([]VecVirtual{zeros})
	for i := range vectors {
		vectors[i] = row{s: s, channel: map[string]VecVirtual{}, sum: map[string]VecVirtual{}, zero: zeros}
	}
	for _, c := range p.channels {
		at := Load(Param(c), GP64())
		for i := range vectors {
			v := s.vector()
			VMOVUPS(Mem{Base: at, Disp: i * size}, v)
			vectors[i].channel[c] = v
		}
	}
	for _, name := range p.sums {
		for i := range vectors {
			v := s.vector()
			zero([]VecVirtual{v})
			vectors[i].sum[name] = v
		}
	}
	return vectors
}

// emit emits the pass over the rows that pointers point to: body for every vector, step
// to the next row; and at the end the sums are written.
func (p rowPass) emit(vectors []row, rows Register, pointers map[string]Register, step func()) {
	size := block / p.s.registers
	Label("row")
	for i, v := range vectors {
		v.stream = map[string]VecVirtual{}
		for _, name := range p.streams {
			r := p.s.vector()
			VMOVUPS(Mem{Base: pointers[name], Disp: i * size}, r)
			v.stream[name] = r
		}
		v.result = func(r VecVirtual) { VMOVUPS(r, Mem{Base: pointers[p.out], Disp: i * size}) }
		p.body(v)
	}
	step()
	DECQ(rows)
	JNZ(LabelRef("row"))
	for _, name := range p.sums {
		at := Load(Param(name), GP64())
		for i, v := range vectors {
			VMOVUPS(v.sum[name], Mem{Base: at, Disp: i * size})
		}
	}
	VZEROUPPER()
	RET()
}
