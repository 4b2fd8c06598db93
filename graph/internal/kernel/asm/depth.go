package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// depthTile computes a block of 16 channels of a depthwise convolution for runs of n
// pixels. The places are pairs: where a run starts in x and in y, in bytes. For every
// tap the 16 floats of x, offsets[i] bytes from the pixel's first, are multiplied by
// the tap's 16 weights. Pixels lie step bytes apart in x and ystep in y. The sums
// start from bias; at the end those of add, which lies as y, are added, and with relu
// what is negative becomes zero. Where bias or add is nil there is none.
func (s isa) depthTile(n int) {
	TEXT(fmt.Sprintf("depthTile%s_%d", s.name, n), NOSPLIT,
		"func(y, x, w, bias, add *float32, places *int, runs int, offsets *int, taps, step, ystep, relu int)")
	Pragma("noescape")
	acc := s.vectors(n)
	places := Load(Param("places"), GP64())
	runs := Load(Param("runs"), GP64())
	multiples := multiplesOf(Load(Param("step"), GP64()), min(n, 8))

	Label("run")
	bias := Load(Param("bias"), GP64())
	TESTQ(bias, bias)
	JZ(LabelRef("nobias"))
	for _, a := range acc {
		s.load(bias, 0, a)
	}
	JMP(LabelRef("begin"))
	Label("nobias")
	for _, a := range acc {
		zero(a)
	}
	Label("begin")
	x := Load(Param("x"), GP64())
	ADDQ(Mem{Base: places}, x)
	w := Load(Param("w"), GP64())
	offsets := Load(Param("offsets"), GP64())
	taps := Load(Param("taps"), GP64())
	at := []Register{GP64()} // the pixels from 0 and from 8 on
	if n > 8 {
		at = append(at, GP64())
	}
	Label("tap")
	MOVQ(x, at[0])
	ADDQ(Mem{Base: offsets}, at[0])
	if n > 8 {
		step := Load(Param("step"), GP64())
		LEAQ(Mem{Base: at[0], Index: step, Scale: 8}, at[1])
	}
	weights := s.vectors(1)[0]
	s.load(w, 0, weights)
	for p, a := range acc {
		m := multiples(at[p/8], p%8)
		for i, v := range a {
			m.Disp = i * block / s.registers
			VFMADD231PS(m, weights[i], v)
		}
	}
	ADDQ(U32(block), w)
	ADDQ(U32(8), offsets)
	DECQ(taps)
	JNZ(LabelRef("tap"))
	s.finishTile(places, acc, 1)
	ADDQ(U32(16), places)
	DECQ(runs)
	JNZ(LabelRef("run"))
	VZEROUPPER()
	RET()
}

// depthGrad adds to the 16 weight gradients of each of n taps: for every pixel of
// rows x cols, 16 floats of x times as many of dy. Taps lie xtap bytes apart in x,
// pixels xstep, and rows of them xrow; those of dy follow each other.
func (s isa) depthGrad(n int) {
	TEXT(fmt.Sprintf("depthGrad%s_%d", s.name, n), NOSPLIT,
		"func(dw, x, dy *float32, rows, cols, xtap, xstep, xrow int)")
	Pragma("noescape")
	acc := [][][]VecVirtual{s.vectors(n)} // of every other pixel, where few taps leave registers
	if s.registers == 1 && n <= 4 || n <= 3 {
		acc = append(acc, s.vectors(n))
		for _, a := range acc[1] {
			zero(a)
		}
	}
	dw := Load(Param("dw"), GP64())
	for i, a := range acc[0] {
		s.load(dw, i*block, a)
	}
	x := Load(Param("x"), GP64())
	dy := Load(Param("dy"), GP64())
	rows := Load(Param("rows"), GP64())
	xstep := Load(Param("xstep"), GP64())
	xrow := Load(Param("xrow"), GP64())
	multiples := multiplesOf(Load(Param("xtap"), GP64()), n)
	px, left := GP64(), GP64()
	pixel := func(acc [][]VecVirtual) {
		g := s.vectors(1)[0]
		s.load(dy, 0, g)
		for t, a := range acc {
			m := multiples(px, t)
			for i, v := range a {
				m.Disp = i * block / s.registers
				VFMADD231PS(m, g[i], v)
			}
		}
		ADDQ(xstep, px)
		ADDQ(U32(block), dy)
	}
	Label("row")
	MOVQ(x, px)
	Load(Param("cols"), left)
	if len(acc) > 1 {
		Label("two")
		CMPQ(left, U32(2))
		JLT(LabelRef("one"))
		pixel(acc[0])
		pixel(acc[1])
		SUBQ(U32(2), left)
		JMP(LabelRef("two"))
		Label("one")
		TESTQ(left, left)
		JZ(LabelRef("next"))
		pixel(acc[0])
		Label("next")
	} else {
		Label("pixel")
		pixel(acc[0])
		DECQ(left)
		JNZ(LabelRef("pixel"))
	}
	ADDQ(xrow, x)
	DECQ(rows)
	JNZ(LabelRef("row"))
	for i, a := range acc[0] {
		for j, v := range a {
			if len(acc) > 1 {
				VADDPS(acc[1][i][j], v, v)
			}
			VMOVUPS(v, Mem{Base: dw, Disp: i*block + j*block/s.registers})
		}
	}
	VZEROUPPER()
	RET()
}
