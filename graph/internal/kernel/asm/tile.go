package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// convTile computes blocks of 16 output channels for runs of n pixels. The places are
// pairs: where a run starts in x and in y, in bytes. For every segment of the patch under
// a pixel, length floats that lie together offsets[i] bytes from the pixel's first
// are multiplied by their rows of 16 weights. Pixels lie step bytes apart in x and
// ystep in y, blocks wblock bytes apart in w and yblock in y. The sums start from
// bias; at the end those of add, which lies as y, are added, and with relu what is
// negative becomes zero. Where bias or add is nil there is none.
func (s isa) convTile(n, blocks int) {
	TEXT(fmt.Sprintf("convTile%s_%d_%d", s.name, blocks, n), NOSPLIT,
		"func(y, x, w, bias, add, ahead *float32, places *int, runs int, offsets *int, segments, length, wblock, step, ystep, yblock, relu int)")
	Pragma("noescape")
	acc := make([][]VecVirtual, n) // of a pixel, block after block
	for p := range acc {
		for range blocks * s.registers {
			acc[p] = append(acc[p], s.vector())
		}
	}
	places := Load(Param("places"), GP64())
	runs := Load(Param("runs"), GP64())
	multiples := multiplesOf(Load(Param("step"), GP64()), min(n, 8))

	Label("run")
	s.prefetch(places, n, blocks)
	bias := Load(Param("bias"), GP64())
	TESTQ(bias, bias)
	JZ(LabelRef("nobias"))
	for _, a := range acc {
		for b := range blocks {
			s.load(bias, b*block, a[b*s.registers:(b+1)*s.registers])
		}
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
	var wblock Register
	if blocks > 1 {
		wblock = Load(Param("wblock"), GP64())
	}
	offsets := Load(Param("offsets"), GP64())
	segments := Load(Param("segments"), GP64())
	at := []Register{GP64()} // the pixels from 0 and from 8 on
	if n > 8 {
		at = append(at, GP64())
	}
	left := GP64()
	body := func(unroll int) {
		for u := range unroll {
			var weights []VecVirtual
			for b := range blocks {
				v := s.vectors(1)[0]
				for i, r := range v {
					m := Mem{Base: w, Disp: u*block + i*block/s.registers}
					if b > 0 {
						m.Index, m.Scale = wblock, 1
					}
					VMOVUPS(m, r)
				}
				weights = append(weights, v...)
			}
			for p, a := range acc {
				m := multiples(at[p/8], p%8)
				m.Disp = 4 * u
				s.multiplyAdd(m, weights, a)
			}
		}
		ADDQ(U32(unroll*block), w)
		for _, r := range at {
			ADDQ(U32(4*unroll), r)
		}
		SUBQ(U32(unroll), left)
	}
	Label("segment")
	MOVQ(x, at[0])
	ADDQ(Mem{Base: offsets}, at[0])
	if n > 8 {
		step := Load(Param("step"), GP64())
		LEAQ(Mem{Base: at[0], Index: step, Scale: 8}, at[1])
	}
	Load(Param("length"), left)
	Label("four")
	CMPQ(left, U32(4))
	JLT(LabelRef("one"))
	body(4)
	JMP(LabelRef("four"))
	Label("one")
	TESTQ(left, left)
	JZ(LabelRef("next"))
	body(1)
	JMP(LabelRef("one"))
	Label("next")
	ADDQ(U32(8), offsets)
	DECQ(segments)
	JNZ(LabelRef("segment"))
	s.finishTile(places, acc, blocks)
	ADDQ(U32(16), places)
	DECQ(runs)
	JNZ(LabelRef("run"))
	VZEROUPPER()
	RET()
}

// tilePlaces calls f with the address of every pixel's part of a block in the
// array that the parameter points to, which lies as y.
func (s isa) tilePlaces(array string, places Register, n, blocks int, f func(p, b int, base Register)) {
	ystep := Load(Param("ystep"), GP64())
	for b := range blocks {
		at := Load(Param(array), GP64())
		ADDQ(Mem{Base: places, Disp: 8}, at)
		if b > 0 {
			yblock := Load(Param("yblock"), GP64())
			ADDQ(yblock, at)
		}
		for p := range n {
			f(p, b, at)
			if p < n-1 {
				ADDQ(ystep, at)
			}
		}
	}
}

// prefetch fetches memory while the run computes: as many cache lines from ahead on
// as the run writes, going on there with the next run, or with ahead nil those that
// it writes.
func (s isa) prefetch(places Register, n, blocks int) {
	ahead := Load(Param("ahead"), GP64())
	TESTQ(ahead, ahead)
	JZ(LabelRef("own"))
	for i := range n * blocks {
		PREFETCHT0(Mem{Base: ahead, Disp: i * block})
	}
	ADDQ(U32(n*blocks*block), ahead)
	at, err := Param("ahead").Resolve()
	if err != nil {
		panic(err)
	}
	MOVQ(ahead, at.Addr)
	JMP(LabelRef("fetched"))
	Label("own")
	s.tilePlaces("y", places, n, blocks, func(_, _ int, y Register) { PREFETCHT0(Mem{Base: y}) })
	Label("fetched")
}

// finishTile adds the shortcut, applies ReLU and stores.
func (s isa) finishTile(places Register, acc [][]VecVirtual, blocks int) {
	part := func(p, b int) []VecVirtual { return acc[p][b*s.registers : (b+1)*s.registers] }
	add := Load(Param("add"), GP64())
	TESTQ(add, add)
	JZ(LabelRef("noadd"))
	s.tilePlaces("add", places, len(acc), blocks, func(p, b int, add Register) {
		for i, v := range part(p, b) {
			VADDPS(Mem{Base: add, Disp: i * block / s.registers}, v, v)
		}
	})
	Label("noadd")
	relu := Load(Param("relu"), GP64())
	TESTQ(relu, relu)
	JZ(LabelRef("store"))
	zeros := s.vector()
	zero([]VecVirtual{zeros})
	for _, a := range acc {
		for _, v := range a {
			VMAXPS(v, zeros, v) // a NaN stays
		}
	}
	Label("store")
	s.tilePlaces("y", places, len(acc), blocks, func(p, b int, y Register) { s.store(part(p, b), y) })
}

// gradTile adds to n rows of 16 weight gradients: for every pixel of rows x cols,
// each of n floats of x times 16 floats of dy.
func (s isa) gradTile(n int) {
	TEXT(fmt.Sprintf("gradTile%s_%d", s.name, n), NOSPLIT,
		"func(dw, x, dy *float32, rows, cols, dwstep, xstep, xrow, dystep, dyrow int)")
	Pragma("noescape")
	acc := s.vectors(n)
	dw := Load(Param("dw"), GP64())
	dwstep := Load(Param("dwstep"), GP64())
	walk := func(visit func(p Register, v []VecVirtual)) {
		p := GP64()
		MOVQ(dw, p)
		for i, a := range acc {
			visit(p, a)
			if i < n-1 {
				ADDQ(dwstep, p)
			}
		}
	}
	walk(func(p Register, v []VecVirtual) { s.load(p, 0, v) })
	x := Load(Param("x"), GP64())
	dy := Load(Param("dy"), GP64())
	rows := Load(Param("rows"), GP64())
	xstep := Load(Param("xstep"), GP64())
	xrow := Load(Param("xrow"), GP64())
	dystep := Load(Param("dystep"), GP64())
	dyrow := Load(Param("dyrow"), GP64())
	px, pdy, left := GP64(), GP64(), GP64()

	Label("row")
	MOVQ(x, px)
	MOVQ(dy, pdy)
	Load(Param("cols"), left)
	Label("pixel")
	g := s.vectors(1)[0]
	s.load(pdy, 0, g)
	for i, a := range acc {
		s.multiplyAdd(Mem{Base: px, Disp: 4 * i}, g, a)
	}
	ADDQ(xstep, px)
	ADDQ(dystep, pdy)
	DECQ(left)
	JNZ(LabelRef("pixel"))
	ADDQ(xrow, x)
	ADDQ(dyrow, dy)
	DECQ(rows)
	JNZ(LabelRef("row"))
	walk(func(p Register, v []VecVirtual) { s.store(v, p) })
	VZEROUPPER()
	RET()
}

// copyBlocks copies blocks of 16 floats: those of a pixel, which lie together in src
// and dblock bytes apart in dst, pixel after pixel, which are dpixel and spixel bytes
// apart.
func (s isa) copyBlocks() {
	TEXT("copyBlocks"+s.name, NOSPLIT, "func(dst, src *float32, pixels, blocks, dpixel, dblock, spixel int)")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	pixels := Load(Param("pixels"), GP64())
	blocks := Load(Param("blocks"), GP64())
	dpixel := Load(Param("dpixel"), GP64())
	dblock := Load(Param("dblock"), GP64())
	spixel := Load(Param("spixel"), GP64())
	from, to, left := GP64(), GP64(), GP64()
	v := s.vectors(1)[0]
	Label("pixel")
	MOVQ(src, from)
	MOVQ(dst, to)
	MOVQ(blocks, left)
	Label("block")
	s.load(from, 0, v)
	s.store(v, to)
	ADDQ(U32(block), from)
	ADDQ(dblock, to)
	DECQ(left)
	JNZ(LabelRef("block"))
	ADDQ(spixel, src)
	ADDQ(dpixel, dst)
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}
