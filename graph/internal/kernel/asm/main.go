// Asm generates the assembly of package kernel. It is a module of its own, so
// that users of the library do not inherit the generator. From its folder:
//
//	go run . -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg kernel
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is what differs between the two instruction sets. Both work on blocks of
// 16 output channels: one register of AVX-512, two of AVX2.
type isa struct {
	name      string
	registers int // per block of 16 channels
	runs      int // runs of pixels that convTile takes
	maxRun    int // pixels of a run
	maxRows   int // rows of weights that gradTile takes
}

var sets = []isa{
	{"AVX512", 1, 2, 8, 16},
	{"AVX2", 2, 1, 6, 6},
}

const block = 64 // bytes of 16 channels

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, s := range sets {
		for n := 1; n <= s.maxRun; n++ {
			s.convTile(n)
		}
		for n := 1; n <= s.maxRows; n++ {
			s.gradTile(n)
		}
	}
	for _, s := range sets {
		s.rowKernels()
		s.winogradInput()
		s.winogradOutput()
		s.peak()
	}
	Generate()
}

func (s isa) vector() VecVirtual {
	if s.registers == 1 {
		return ZMM()
	}
	return YMM()
}

// vectors makes the registers of n blocks of 16 channels.
func (s isa) vectors(n int) [][]VecVirtual {
	out := make([][]VecVirtual, n)
	for i := range out {
		for range s.registers {
			out[i] = append(out[i], s.vector())
		}
	}
	return out
}

// multiplyAdd adds weights times the float at m to acc.
func (s isa) multiplyAdd(m Mem, weights, acc, scratch []VecVirtual) {
	if s.registers == 1 {
		VFMADD231PS_BCST(m, weights[0], acc[0])
		return
	}
	VBROADCASTSS(m, scratch[0])
	for i := range acc {
		VFMADD231PS(scratch[0], weights[i], acc[i])
	}
}

func (s isa) load(base Register, disp int, dst []VecVirtual) {
	for i, v := range dst {
		VMOVUPS(Mem{Base: base, Disp: disp + i*block/s.registers}, v)
	}
}

func (s isa) store(src []VecVirtual, base Register) {
	for i, v := range src {
		VMOVUPS(v, Mem{Base: base, Disp: i * block / s.registers})
	}
}

func zero(v []VecVirtual) {
	for _, r := range v {
		VXORPS(r, r, r)
	}
}

func (s isa) scratch() []VecVirtual {
	if s.registers == 1 {
		return nil // AVX-512 broadcasts within the multiplication
	}
	return []VecVirtual{s.vector()}
}

// convTile computes 16 output channels for runs of n pixels each: for every
// segment of the patch under a pixel, length floats that lie together offsets[i]
// bytes from the pixel's first, the floats times their rows of 16 weights. Pixels
// lie step bytes apart in x and ystep in y. The sums start from 16 values of bias;
// at the end those of add, which lies as y, are added, and with relu what is
// negative becomes zero. Where bias or add0 is nil there is none; where a call takes
// one run, y1, x1 and add1 are passed over.
func (s isa) convTile(n int) {
	TEXT(fmt.Sprintf("convTile%s_%d", s.name, n), NOSPLIT,
		"func(y0, y1, x0, x1, w, bias, add0, add1 *float32, offsets *int, segments, length, step, ystep, relu int)")
	Pragma("noescape")
	acc := s.vectors(s.runs * n)
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
	var x []Register
	for r := range s.runs {
		x = append(x, Load(Param(fmt.Sprint("x", r)), GP64()))
	}
	w := Load(Param("w"), GP64())
	offsets := Load(Param("offsets"), GP64())
	segments := Load(Param("segments"), GP64())
	step := Load(Param("step"), GP64())
	multiples := multiplesOf(step, n)
	scratch := s.scratch()

	at := make([]Register, s.runs)
	for r := range at {
		at[r] = GP64()
	}
	left := GP64()
	body := func(unroll int) {
		for u := range unroll {
			weights := s.vectors(1)[0]
			s.load(w, u*block, weights)
			for r := range at {
				for p := range n {
					m := multiples(at[r], p)
					m.Disp = 4 * u
					s.multiplyAdd(m, weights, acc[r*n+p], scratch)
				}
			}
		}
		ADDQ(U32(unroll*block), w)
		for r := range at {
			ADDQ(U32(4*unroll), at[r])
		}
		SUBQ(U32(unroll), left)
	}
	Label("segment")
	for r := range at {
		MOVQ(x[r], at[r])
		ADDQ(Mem{Base: offsets}, at[r])
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

	ystep := Load(Param("ystep"), GP64())
	add := make([]Register, s.runs)
	for r := range add {
		add[r] = Load(Param(fmt.Sprint("add", r)), GP64())
	}
	TESTQ(add[0], add[0])
	JZ(LabelRef("noadd"))
	for r := range s.runs {
		for p := range n {
			for i, v := range acc[r*n+p] {
				VADDPS(Mem{Base: add[r], Disp: i * block / s.registers}, v, v)
			}
			if p < n-1 {
				ADDQ(ystep, add[r])
			}
		}
	}
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
	for r := range s.runs {
		y := Load(Param(fmt.Sprint("y", r)), GP64())
		for p := range n {
			s.store(acc[r*n+p], y)
			if p < n-1 {
				ADDQ(ystep, y)
			}
		}
	}
	VZEROUPPER()
	RET()
}

// peakChains is how many multiply-adds peak has under way at once.
const peakChains = 12

// peak does nothing but peakChains independent multiply-adds, again and again.
func (s isa) peak() {
	TEXT("peak"+s.name, NOSPLIT, "func(rounds int)")
	rounds := Load(Param("rounds"), GP64())
	acc := make([]VecVirtual, peakChains)
	for i := range acc {
		acc[i] = s.vector()
		zero(acc[i : i+1])
	}
	x := s.vector()
	VXORPS(x, x, x)
	Label("round")
	for _, a := range acc {
		VFMADD231PS(x, x, a)
	}
	DECQ(rounds)
	JNZ(LabelRef("round"))
	VZEROUPPER()
	RET()
}

// multiplesOf returns how to address base + p*step for p < n <= 8.
func multiplesOf(step Register, n int) func(base Register, p int) Mem {
	odd := map[int]Register{1: step}
	for p := 3; p < n; p += 2 {
		r := GP64()
		LEAQ(Mem{Base: odd[p-2], Index: step, Scale: 2}, r)
		odd[p] = r
	}
	if n > 6 && odd[3] == nil {
		panic("a multiple is missing")
	}
	return func(base Register, p int) Mem {
		if p == 0 {
			return Mem{Base: base}
		}
		scale := 1
		for p%2 == 0 {
			p, scale = p/2, scale*2
		}
		return Mem{Base: base, Index: odd[p], Scale: uint8(scale)}
	}
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
	scratch := s.scratch()

	Label("row")
	MOVQ(x, px)
	MOVQ(dy, pdy)
	Load(Param("cols"), left)
	Label("pixel")
	g := s.vectors(1)[0]
	s.load(pdy, 0, g)
	for i, a := range acc {
		s.multiplyAdd(Mem{Base: px, Disp: 4 * i}, g, a, scratch)
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
