// Functions generates the assembly of package kernel for functions of single values,
// rows and small matrices: activations, softmax, layer norm and attention. From its
// folder:
//
//	go run . -out ../../functions_amd64.s -stubs ../../functions_amd64.go -pkg kernel
package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is what differs between the two instruction sets.
type isa struct {
	name  string
	width int // floats of a register
	tile  int // rows that matTile takes at most
}

var sets = []isa{{"AVX512", 16, 12}, {"AVX2", 8, 6}}

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, s := range sets {
		s.activations()
		s.softmax()
		s.layerNorm()
		s.columnSums()
		for n := 1; n <= s.tile; n++ {
			s.matTile(n)
		}
	}
	Generate()
}

func (s isa) wide() bool { return s.width == 16 }

func (s isa) vector() VecVirtual {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

// size is the bytes of a register.
func (s isa) size() int { return 4 * s.width }

func (s isa) zero() VecVirtual {
	v := s.vector()
	VXORPS(v, v, v)
	return v
}

// broadcast is a parameter in every lane.
func (s isa) broadcast(name string) VecVirtual {
	at, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := s.vector()
	VBROADCASTSS(at.Addr, v)
	return v
}

var constants = map[uint32]Mem{}

// bits is a constant of those bits in every lane.
func bits(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = GLOBL(fmt.Sprintf("lanes_%08x", b), RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(b))
		}
		constants[b] = m
	}
	return m
}

// held are the constants that a function keeps in registers.
var held = map[uint32]VecVirtual{}

// hold keeps constants in registers throughout the function, the first of them where
// registers run short: reading them from memory takes as long as computing with them.
func (s isa) hold(values ...float64) {
	const most = 23
	clear(held)
	if !s.wide() {
		return
	}
	for _, v := range values {
		if b := math.Float32bits(float32(v)); len(held) < most && held[b] == nil {
			r := s.vector()
			VMOVUPS(bits(b), r)
			held[b] = r
		}
	}
}

// constant is a value in every lane.
func constant(v float64) Op {
	b := math.Float32bits(float32(v))
	if r := held[b]; r != nil {
		return r
	}
	return bits(b)
}

// loaded is a constant in a register of its own.
func (s isa) loaded(v float64) VecVirtual {
	r := s.vector()
	VMOVUPS(constant(v), r)
	return r
}

// limit is a constant in a register: minimum and maximum return their second source,
// which memory always is, where there is a NaN.
func (s isa) limit(v float64) VecVirtual {
	if r := held[math.Float32bits(float32(v))]; r != nil {
		return r
	}
	return s.loaded(v)
}

func (s isa) atMost(x VecVirtual, limit float64)  { VMINPS(x, s.limit(limit), x) }
func (s isa) atLeast(x VecVirtual, limit float64) { VMAXPS(x, s.limit(limit), x) }

// Conditions of VCMPPS, false for NaN.
const (
	less         = 1
	greaterEqual = 13
	greater      = 14
)

// choose is yes where a compares so with b, and no elsewhere.
func (s isa) choose(condition int, a, b, yes, no VecVirtual) VecVirtual {
	out := s.vector()
	if s.wide() {
		k := K()
		VMOVAPS(no, out)
		VCMPPS(Imm(uint64(condition)), b, a, k)
		VMOVAPS(yes, k, out)
		return out
	}
	mask := s.vector()
	VCMPPS(Imm(uint64(condition)), b, a, mask)
	VBLENDVPS(mask, yes, no, out)
	return out
}

// slices are the bases of slices that are walked together, and their length in
// bytes.
type slices struct {
	base map[string]Register
	n    Register
}

func load(names ...string) slices {
	s := slices{base: map[string]Register{}}
	for _, name := range names {
		s.base[name] = Load(Param(name).Base(), GP64())
	}
	s.n = Load(Param(names[0]).Len(), GP64())
	return s
}

// each walks whole registers of the slices, unroll at once where there are as many:
// body is given which of them, and how to address a slice.
func (s isa) each(p slices, unroll int, body func(u int, at func(name string) Mem)) {
	pass := func(label string, unroll int) {
		Label(label)
		CMPQ(p.n, U32(unroll*s.width))
		JLT(LabelRef(label + "end"))
		for u := range unroll {
			body(u, func(name string) Mem { return Mem{Base: p.base[name], Disp: u * s.size()} })
		}
		for _, r := range sorted(p.base) {
			ADDQ(U32(unroll*s.size()), r)
		}
		SUBQ(U32(unroll*s.width), p.n)
		JMP(LabelRef(label))
		Label(label + "end")
	}
	if unroll > 1 {
		pass("several", unroll)
	}
	pass("one", 1)
}

func sorted(m map[string]Register) (out []Register) {
	for _, name := range []string{"x", "y", "z", "dy", "weight", "bias", "dx"} {
		if r, ok := m[name]; ok {
			out = append(out, r)
		}
	}
	if len(out) != len(m) {
		panic("a slice without a place in the order")
	}
	return out
}

// end leaves the function.
func end() {
	VZEROUPPER()
	RET()
}

// sum adds up the accumulators and their lanes, and returns that as result i.
func (s isa) sum(acc []VecVirtual, i int) { s.fold(acc, i, func(a, b, c Op) { VADDPS(a, b, c) }) }

// fold is sum with another operation.
func (s isa) fold(acc []VecVirtual, i int, join func(a, b, c Op)) {
	for _, a := range acc[1:] {
		join(a, acc[0], acc[0])
	}
	v := acc[0]
	if s.wide() {
		high := YMM()
		VEXTRACTF64X4(U8(1), v, high)
		join(high, v.AsY(), v.AsY())
	}
	high := XMM()
	VEXTRACTF128(U8(1), v.AsY(), high)
	x := v.AsX()
	join(high, x, x)
	VPERMILPS(U8(0x4e), x, high)
	join(high, x, x)
	VPERMILPS(U8(0xb1), x, high)
	join(high, x, x)
	Store(x, ReturnIndex(i))
}

// accumulators are n registers of zero.
func (s isa) accumulators(n int) (acc []VecVirtual) {
	for range n {
		acc = append(acc, s.zero())
	}
	return acc
}

func start(name, doc, signature string) {
	clear(held)
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
}
