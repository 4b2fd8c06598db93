package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// maxPool computes one pixel of a max pooling for blocks of 16 channels: y is the
// largest of x at the offsets in bytes, at is base plus the place of the first tap
// that has it. A NaN counts as the largest, the last one for its place.
func (s isa) maxPool() {
	TEXT("maxPool"+s.name, NOSPLIT, "func(y *float32, at *int32, x *float32, offsets *int, places *int32, base, taps, blocks int)")
	Pragma("noescape")
	y := Load(Param("y"), GP64())
	at := Load(Param("at"), GP64())
	x := Load(Param("x"), GP64())
	blocks := Load(Param("blocks"), GP64())
	start := s.vector()
	base := Load(Param("base"), GP64())
	low := XMM()
	VMOVD(base.(GPVirtual).As32(), low)
	VPBROADCASTD(low, start)
	offsets, places, left, p := GP64(), GP64(), GP64(), GP64()
	best, from := s.vectors(1)[0], s.vectors(1)[0]
	size := block / s.registers
	Label("block")
	Load(Param("offsets"), offsets)
	Load(Param("places"), places)
	Load(Param("taps"), left)
	address := func() {
		MOVQ(Mem{Base: offsets}, p)
		ADDQ(x, p)
	}
	place := func() VecVirtual {
		v := s.vector()
		VPBROADCASTD(Mem{Base: places}, v)
		VPADDD(start, v, v)
		return v
	}
	address()
	s.load(p, 0, best)
	first := place()
	for _, f := range from {
		VMOVAPS(first, f)
	}
	JMP(LabelRef("next"))
	Label("tap")
	address()
	index := place()
	for i := range best {
		v := s.vector()
		VMOVUPS(Mem{Base: p, Disp: i * size}, v)
		const greater, unordered = 30, 3
		if s.registers == 1 {
			k, nan := K(), K()
			VCMPPS(Imm(greater), best[i], v, k)
			VCMPPS(Imm(unordered), v, v, nan)
			KORW(k, nan, k)
			VMOVAPS(v, k, best[i])
			VMOVDQA32(index, k, from[i])
			continue
		}
		mask, nan := s.vector(), s.vector()
		VCMPPS(Imm(greater), best[i], v, mask)
		VCMPPS(Imm(unordered), v, v, nan)
		VORPS(mask, nan, mask)
		VBLENDVPS(mask, v, best[i], best[i])
		VBLENDVPS(mask, index, from[i], from[i])
	}
	Label("next")
	ADDQ(U32(8), offsets)
	ADDQ(U32(4), places)
	DECQ(left)
	JNZ(LabelRef("tap"))
	s.store(best, y)
	for i, v := range from {
		VMOVUPS(v, Mem{Base: at, Disp: i * size})
	}
	for _, r := range []Register{x, y, at} {
		ADDQ(U32(block), r)
	}
	DECQ(blocks)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}
