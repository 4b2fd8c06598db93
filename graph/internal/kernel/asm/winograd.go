package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// winogradInput transforms a row of 4x4 tiles, two pixels apart, for 16 channels:
// v = B^T d B, position after position vpos bytes apart, tile after tile vtile.
// With rows d0..d3 of a tile B^T d has the rows d0-d2, d1+d2, d2-d1, d1-d3.
func (s isa) winogradInput() {
	TEXT("winogradInput"+s.name, NOSPLIT, "func(v, x *float32, tiles, xrow, xpixel, vpos, vtile int)")
	Pragma("noescape")
	v := Load(Param("v"), GP64())
	xrow := Load(Param("xrow"), GP64())
	rows := [4]Register{Load(Param("x"), GP64()), GP64(), GP64(), GP64()}
	for i := 1; i < 4; i++ {
		LEAQ(Mem{Base: rows[i-1], Index: xrow, Scale: 1}, rows[i])
	}
	xpixel := Load(Param("xpixel"), GP64())
	pixel := multiplesOf(xpixel, 4)
	vpos := Load(Param("vpos"), GP64())
	vtile := Load(Param("vtile"), GP64())
	tiles := Load(Param("tiles"), GP64())
	size := block / s.registers
	Label("tile")
	for part := range s.registers {
		at := func(i, j int) Mem {
			m := pixel(rows[i], j)
			m.Disp = part * size
			return m
		}
		q := GP64()
		LEAQ(Mem{Base: v, Disp: part * size}, q)
		for i, row := range [4][2]int{{0, 2}, {1, 2}, {2, 1}, {1, 3}} {
			t := make([]VecVirtual, 4)
			for j := range t {
				t[j] = s.vector()
				VMOVUPS(at(row[0], j), t[j])
				if i == 1 {
					VADDPS(at(row[1], j), t[j], t[j])
				} else {
					VSUBPS(at(row[1], j), t[j], t[j])
				}
			}
			out := s.vector()
			store := func(last bool) {
				VMOVUPS(out, Mem{Base: q})
				if !last {
					ADDQ(vpos, q)
				}
			}
			VSUBPS(t[2], t[0], out)
			store(false)
			VADDPS(t[2], t[1], out)
			store(false)
			VSUBPS(t[1], t[2], out)
			store(false)
			VSUBPS(t[3], t[1], out)
			store(i == 3)
		}
	}
	for _, r := range rows {
		LEAQ(Mem{Base: r, Index: xpixel, Scale: 2}, r)
	}
	ADDQ(vtile, v)
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// winogradOutput transforms a row of products back to 2x2 pixels each, for 16
// channels: y = max(A^T m A + bias + add, floor). With rows m0..m3 A^T m has the
// rows m0+m1+m2 and m1-m2-m3. Where bias or add is nil there is none.
func (s isa) winogradOutput() {
	TEXT("winogradOutput"+s.name, NOSPLIT,
		"func(y, m, bias, add, floor *float32, tiles, yrow, ypixel, mpos, mtile int)")
	Pragma("noescape")
	size := block / s.registers
	bias := s.vectors(1)[0]
	zero(bias)
	b := Load(Param("bias"), GP64())
	TESTQ(b, b)
	JZ(LabelRef("nobias"))
	s.load(b, 0, bias)
	Label("nobias")
	floor := s.vector()
	f := Load(Param("floor"), GP64())
	VBROADCASTSS(Mem{Base: f}, floor)
	y := Load(Param("y"), GP64())
	yrow := Load(Param("yrow"), GP64())
	ypixel := Load(Param("ypixel"), GP64())
	add := Load(Param("add"), GP64())
	tiles := Load(Param("tiles"), GP64())
	mpos := Load(Param("mpos"), GP64())
	place := multiplesOf(mpos, 4)
	rows := [4]Register{Load(Param("m"), GP64()), GP64(), GP64(), GP64()}
	for i := 1; i < 4; i++ {
		LEAQ(Mem{Base: rows[i-1], Index: mpos, Scale: 4}, rows[i])
	}
	Label("tile")
	for part := range s.registers {
		at := func(i, j int) Mem {
			m := place(rows[i], j)
			m.Disp = part * size
			return m
		}
		out := make([]VecVirtual, 4)
		for r := range 2 {
			t := make([]VecVirtual, 4)
			for j := range t {
				t[j] = s.vector()
				if r == 0 {
					VMOVUPS(at(0, j), t[j])
					VADDPS(at(1, j), t[j], t[j])
					VADDPS(at(2, j), t[j], t[j])
				} else {
					VMOVUPS(at(1, j), t[j])
					VSUBPS(at(2, j), t[j], t[j])
					VSUBPS(at(3, j), t[j], t[j])
				}
			}
			left, right := s.vector(), s.vector()
			VADDPS(t[0], t[1], left)
			VADDPS(t[2], left, left)
			VADDPS(bias[part], left, left)
			VSUBPS(t[2], t[1], right)
			VSUBPS(t[3], right, right)
			VADDPS(bias[part], right, right)
			out[2*r], out[2*r+1] = left, right
		}
		places := func(base Register) [2]Mem {
			return [2]Mem{{Base: base, Disp: part * size}, {Base: base, Index: ypixel, Scale: 1, Disp: part * size}}
		}
		label := "store" + string(rune('0'+part))
		TESTQ(add, add)
		JZ(LabelRef(label))
		second := GP64()
		LEAQ(Mem{Base: add, Index: yrow, Scale: 1}, second)
		for r, base := range []Register{add, second} {
			for c, m := range places(base) {
				VADDPS(m, out[2*r+c], out[2*r+c])
			}
		}
		Label(label)
		second = GP64()
		LEAQ(Mem{Base: y, Index: yrow, Scale: 1}, second)
		for r, base := range []Register{y, second} {
			for c, m := range places(base) {
				VMAXPS(out[2*r+c], floor, out[2*r+c]) // a NaN stays
				VMOVUPS(out[2*r+c], m)
			}
		}
	}
	mtile := Load(Param("mtile"), GP64())
	for _, r := range rows {
		ADDQ(mtile, r)
	}
	LEAQ(Mem{Base: y, Index: ypixel, Scale: 2}, y)
	TESTQ(add, add)
	JZ(LabelRef("next"))
	LEAQ(Mem{Base: add, Index: ypixel, Scale: 2}, add)
	Label("next")
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}
