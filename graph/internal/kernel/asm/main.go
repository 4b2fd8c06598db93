// Asm generates the assembly of package kernel. It is a module of its own, so
// that users of the library do not inherit the generator. From its folder:
//
//	go run . -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg kernel
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is what differs between the two instruction sets. Both work on blocks of
// 16 output channels: one register of AVX-512, two of AVX2.
type isa struct {
	name      string
	registers int   // per block of 16 channels
	pixels    []int // that convTile takes at most, of one block, of two, ...
	maxRows   int   // rows of weights that gradTile takes
	maxTaps   int   // taps that depthGrad takes
}

var sets = []isa{
	{"AVX512", 1, []int{16, 14}, 16, 8},
	{"AVX2", 2, []int{6}, 6, 7},
}

const block = 64 // bytes of 16 channels

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, s := range sets {
		for blocks, most := range s.pixels {
			for n := 1; n <= most; n++ {
				s.convTile(n, blocks+1)
			}
		}
		for n := 1; n <= s.maxRows; n++ {
			s.gradTile(n)
		}
		for n := 1; n <= s.pixels[0]; n++ {
			s.depthTile(n)
		}
		for n := 1; n <= s.maxTaps; n++ {
			s.depthGrad(n)
		}
	}
	for _, s := range sets {
		s.copyBlocks()
		s.maxPool()
		s.rowKernels()
		s.columnKernels()
		s.winogradInput()
		s.winogradOutput()
		s.winogradWeights()
		s.winogradWeightsGrad()
		s.winogradGrad()
		s.sgd()
		s.adam()
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
func (s isa) multiplyAdd(m Mem, weights, acc []VecVirtual) {
	if len(acc) == 1 {
		VFMADD231PS_BCST(m, weights[0], acc[0]) // AVX-512 broadcasts within the multiplication
		return
	}
	x := s.vector()
	VBROADCASTSS(m, x)
	for i := range acc {
		VFMADD231PS(x, weights[i], acc[i])
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
