package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// matTile emits the product of n rows of a with a panel of b, two registers wide.
func (s isa) matTile(n int) {
	start(fmt.Sprintf("matTile%s_%d", s.name, n), fmt.Sprintf("computes %d rows of y = a*b, or y += a*b with add, for depth rows of two registers that b consists of: "+
		"a's element (i, p) is a[i*arow+p*acol], y's rows lie yrow floats apart.", n),
		"func(y, a, b *float32, depth, arow, acol, yrow, add int)")
	acc := make([][2]VecVirtual, n)
	for i := range acc {
		acc[i] = [2]VecVirtual{s.zero(), s.zero()}
	}
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	depth := Load(Param("depth"), GP64())
	arow, acol := Load(Param("arow"), GP64()), Load(Param("acol"), GP64())
	SHLQ(U8(2), arow)
	SHLQ(U8(2), acol)
	// A base for every four rows, and three rows from it.
	bases := []Register{a}
	three := GP64()
	LEAQ(Mem{Base: arow, Index: arow, Scale: 2}, three)
	for i := 4; i < n; i += 4 {
		r := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: arow, Scale: 4}, r)
		bases = append(bases, r)
	}
	Label("depth")
	w0, w1 := s.vector(), s.vector()
	VMOVUPS(Mem{Base: b}, w0)
	VMOVUPS(Mem{Base: b, Disp: s.size()}, w1)
	for i := range n {
		m := Mem{Base: bases[i/4]}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = arow, 1
		case 2:
			m.Index, m.Scale = arow, 2
		case 3:
			m.Index, m.Scale = three, 1
		}
		x := s.vector()
		VBROADCASTSS(m, x)
		VFMADD231PS(x, w0, acc[i][0])
		VFMADD231PS(x, w1, acc[i][1])
	}
	for _, r := range bases {
		ADDQ(acol, r)
	}
	ADDQ(U32(2*s.size()), b)
	DECQ(depth)
	JNZ(LabelRef("depth"))
	y, yrow := Load(Param("y"), GP64()), Load(Param("yrow"), GP64())
	SHLQ(U8(2), yrow)
	add := Load(Param("add"), GP64())
	TESTQ(add, add)
	JZ(LabelRef("store"))
	from := GP64()
	MOVQ(y, from)
	for i := range n {
		for j, v := range acc[i] {
			VADDPS(Mem{Base: from, Disp: j * s.size()}, v, v)
		}
		ADDQ(yrow, from)
	}
	Label("store")
	for i := range n {
		for j, v := range acc[i] {
			VMOVUPS(v, Mem{Base: y, Disp: j * s.size()})
		}
		ADDQ(yrow, y)
	}
	end()
}
