package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// winogradInput transforms a row of 4x4 tiles, two pixels apart, for 16 channels:
// v = B^T d B, position after position vpos bytes apart, tile after tile vtile.
// With rows d0..d3 of a tile, which lie at x0..x3, B^T d has the rows d0-d2, d1+d2,
// d2-d1, d1-d3.
func (s isa) winogradInput() {
	TEXT("winogradInput"+s.name, NOSPLIT, "func(v, x0, x1, x2, x3 *float32, tiles, xpixel, vpos, vtile int)")
	Pragma("noescape")
	v := Load(Param("v"), GP64())
	var rows [4]Register
	for i := range rows {
		rows[i] = Load(Param(fmt.Sprint("x", i)), GP64())
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
// channels, rows y0 and y1: y = max(A^T m A + bias + add, floor). With rows m0..m3
// A^T m has the rows m0+m1+m2 and m1-m2-m3. Where bias or add0 is nil there is none.
func (s isa) winogradOutput() {
	TEXT("winogradOutput"+s.name, NOSPLIT,
		"func(y0, y1, m, bias, add0, add1, floor *float32, tiles, ypixel, mpos, mtile int)")
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
	y := []Register{Load(Param("y0"), GP64()), Load(Param("y1"), GP64())}
	ypixel := Load(Param("ypixel"), GP64())
	add := []Register{Load(Param("add0"), GP64()), Load(Param("add1"), GP64())}
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
		TESTQ(add[0], add[0])
		JZ(LabelRef(label))
		for r, base := range add {
			for c, m := range places(base) {
				VADDPS(m, out[2*r+c], out[2*r+c])
			}
		}
		Label(label)
		for r, base := range y {
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
	for _, r := range y {
		LEAQ(Mem{Base: r, Index: ypixel, Scale: 2}, r)
	}
	TESTQ(add[0], add[0])
	JZ(LabelRef("next"))
	for _, r := range add {
		LEAQ(Mem{Base: r, Index: ypixel, Scale: 2}, r)
	}
	Label("next")
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// winogradWeights transforms n times 16 weights of a 3x3 kernel: v = G g G^T, the
// taps tap bytes apart, each 16 next bytes after those before. With rows g0..g2
// G g has the rows g0, (g0+g1+g2)/2, (g0-g1+g2)/2, g2.
func (s isa) winogradWeights() {
	TEXT("winogradWeights"+s.name, NOSPLIT, "func(v, w *float32, n, tap, next, vpos, vnext int)")
	s.transform("w", "v", "tap", "next", "vpos", "vnext", 3, func(at func(i, j int) Mem, half VecVirtual, store func(VecVirtual)) {
		for i := range 4 {
			t := make([]VecVirtual, 3)
			for j := range t {
				t[j] = s.vector()
				switch i {
				case 0:
					VMOVUPS(at(0, j), t[j])
				case 3:
					VMOVUPS(at(2, j), t[j])
				default:
					VMOVUPS(at(0, j), t[j])
					if i == 1 {
						VADDPS(at(1, j), t[j], t[j])
					} else {
						VSUBPS(at(1, j), t[j], t[j])
					}
					VADDPS(at(2, j), t[j], t[j])
					VMULPS(half, t[j], t[j])
				}
			}
			even, middle, odd := s.vector(), s.vector(), s.vector()
			VADDPS(t[0], t[2], even)
			VADDPS(t[1], even, middle)
			VMULPS(half, middle, middle)
			VSUBPS(t[1], even, odd)
			VMULPS(half, odd, odd)
			for _, v := range []VecVirtual{t[0], middle, odd, t[2]} {
				store(v)
			}
		}
	})
}

// winogradWeightsGrad is the way back of winogradWeights: g = G^T u G, where the
// last row and the last column of u have the other sign, as winogradGrad makes
// them. With rows u0..u3 G^T u has the rows u0 + (u1+u2)/2, (u1-u2)/2, (u1+u2)/2 - u3.
func (s isa) winogradWeightsGrad() {
	TEXT("winogradWeightsGrad"+s.name, NOSPLIT, "func(w, u *float32, n, upos, unext, tap, next int)")
	s.transform("u", "w", "upos", "unext", "tap", "next", 4, func(at func(i, j int) Mem, half VecVirtual, store func(VecVirtual)) {
		for i := range 3 {
			t := make([]VecVirtual, 4)
			for j := range t {
				t[j] = s.vector()
				VMOVUPS(at(1, j), t[j])
				if i == 1 {
					VSUBPS(at(2, j), t[j], t[j])
				} else {
					VADDPS(at(2, j), t[j], t[j])
				}
				VMULPS(half, t[j], t[j])
				switch i {
				case 0:
					VADDPS(at(0, j), t[j], t[j])
				case 2:
					VSUBPS(at(3, j), t[j], t[j])
				}
			}
			sum, difference := s.vector(), s.vector()
			VADDPS(t[1], t[2], sum)
			VMULPS(half, sum, sum)
			VSUBPS(t[2], t[1], difference)
			VMULPS(half, difference, difference)
			VADDPS(sum, t[0], t[0])
			VSUBPS(t[3], sum, sum)
			for _, v := range []VecVirtual{t[0], difference, sum} {
				store(v)
			}
		}
	})
}

// transform emits a loop over n times 16 values at places of a square of the given
// side: body reads them with at and stores what comes out in order.
func (s isa) transform(from, to, place, next, toPlace, toNext string, side int,
	body func(at func(i, j int) Mem, half VecVirtual, store func(VecVirtual))) {
	Pragma("noescape")
	half := s.vector()
	VBROADCASTSS(ConstData("half"+s.name+from, F32(0.5)), half)
	step := Load(Param(place), GP64())
	multiples := multiplesOf(step, side)
	rows := make([]Register, side)
	for i := range rows {
		if i == 0 {
			rows[0] = Load(Param(from), GP64())
			continue
		}
		rows[i] = GP64()
		m := multiples(rows[i-1], side-1)
		LEAQ(m, rows[i])
		ADDQ(step, rows[i])
	}
	out := Load(Param(to), GP64())
	n := Load(Param("n"), GP64())
	outPlace := Load(Param(toPlace), GP64())
	Label("next")
	size := block / s.registers
	for part := range s.registers {
		q := GP64()
		LEAQ(Mem{Base: out, Disp: part * size}, q)
		body(func(i, j int) Mem {
			m := multiples(rows[i], j)
			m.Disp = part * size
			return m
		}, half, func(v VecVirtual) {
			VMOVUPS(v, Mem{Base: q})
			ADDQ(outPlace, q)
		})
	}
	for _, r := range rows {
		ADDQ(Load(Param(next), GP64()), r)
	}
	ADDQ(Load(Param(toNext), GP64()), out)
	DECQ(n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

// winogradGrad transforms a row of 2x2 tiles of an output's gradient, rows y0 and
// y1, for 16 channels: d = A dy A^T, with the other sign in the last row and the
// last column. With rows y0, y1 A dy has the rows y0, y0+y1, y0-y1, -y1.
func (s isa) winogradGrad() {
	TEXT("winogradGrad"+s.name, NOSPLIT, "func(d, y0, y1 *float32, tiles, ypixel, dpos, dtile int)")
	Pragma("noescape")
	d := Load(Param("d"), GP64())
	rows := []Register{Load(Param("y0"), GP64()), Load(Param("y1"), GP64())}
	ypixel := Load(Param("ypixel"), GP64())
	dpos := Load(Param("dpos"), GP64())
	dtile := Load(Param("dtile"), GP64())
	tiles := Load(Param("tiles"), GP64())
	size := block / s.registers
	Label("tile")
	for part := range s.registers {
		q := GP64()
		LEAQ(Mem{Base: d, Disp: part * size}, q)
		var t [4][2]VecVirtual
		for j := range 2 {
			at := func(row int) Mem {
				m := Mem{Base: rows[row], Disp: part * size}
				if j == 1 {
					m.Index, m.Scale = ypixel, 1
				}
				return m
			}
			for i := range t {
				t[i][j] = s.vector()
			}
			VMOVUPS(at(0), t[0][j])
			VMOVUPS(at(1), t[3][j])
			VADDPS(t[3][j], t[0][j], t[1][j])
			VSUBPS(t[3][j], t[0][j], t[2][j])
		}
		for i, r := range t {
			sum, difference := s.vector(), s.vector()
			VADDPS(r[1], r[0], sum)
			VSUBPS(r[1], r[0], difference)
			for j, v := range []VecVirtual{r[0], sum, difference, r[1]} {
				VMOVUPS(v, Mem{Base: q})
				if i < 3 || j < 3 {
					ADDQ(dpos, q)
				}
			}
		}
	}
	for _, r := range rows {
		LEAQ(Mem{Base: r, Index: ypixel, Scale: 2}, r)
	}
	ADDQ(dtile, d)
	DECQ(tiles)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}
