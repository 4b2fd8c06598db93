package weights

import (
	"encoding/binary"
	"io"
	"math"
	"strings"
)

// dtype is a type of values in a file, little-endian.
type dtype struct {
	name    string // in safetensors files
	storage string // PyTorch's class, "" where it has none
	torch   string // PyTorch's name of one that has no class
	width   int    // bytes
	foreign bool   // its values are not read

	// Of floats, the value of a pattern of bits and, rounded to even, the way back.
	float     func(bits uint64) float32
	floatBits func(v float32) uint64
}

var dtypes = []dtype{
	{name: "F32", storage: "FloatStorage", width: 4,
		float:     func(bits uint64) float32 { return math.Float32frombits(uint32(bits)) },
		floatBits: func(v float32) uint64 { return uint64(math.Float32bits(v)) }},
	{name: "F64", storage: "DoubleStorage", width: 8,
		float:     func(bits uint64) float32 { return float32(math.Float64frombits(bits)) },
		floatBits: func(v float32) uint64 { return math.Float64bits(float64(v)) }},
	{name: "F16", storage: "HalfStorage", width: 2, float: fromHalf, floatBits: toHalf},
	{name: "BF16", storage: "BFloat16Storage", width: 2,
		float: func(bits uint64) float32 { return math.Float32frombits(uint32(bits) << 16) }, floatBits: toBFloat},
	{name: "I64", storage: "LongStorage", width: 8},
	{name: "I32", storage: "IntStorage", width: 4},
	{name: "I16", storage: "ShortStorage", width: 2},
	{name: "I8", storage: "CharStorage", width: 1},
	{name: "U64", torch: "uint64", width: 8}, // beyond 2^63 negative in Ints
	{name: "U32", torch: "uint32", width: 4},
	{name: "U16", torch: "uint16", width: 2},
	{name: "U8", storage: "ByteStorage", width: 1},
	{name: "BOOL", storage: "BoolStorage", width: 1},
}

func dtypeOf(name string) (dtype, bool) {
	for _, d := range dtypes {
		if d.name == name {
			return d, true
		}
	}
	return dtype{}, false
}

func (d dtype) isInteger() bool { return d.float == nil }

// integer is the value of a pattern of bits.
func (d dtype) integer(bits uint64) int64 {
	unused := 64 - 8*d.width
	if strings.HasPrefix(d.name, "I") {
		return int64(bits<<unused) >> unused
	}
	return int64(bits << unused >> unused)
}

func (d dtype) integerBits(v int64) uint64 { return uint64(v) }

// bits is the pattern of value i.
func (d dtype) bits(data []byte, i int) uint64 {
	switch b := data[i*d.width:]; d.width {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	default:
		return binary.LittleEndian.Uint64(b)
	}
}

// read makes an array of n values, of which at tells the places in the data.
func (d dtype) read(name string, shape []int, data []byte, n int, at func(i int) int) Array {
	a := Array{Name: name, Shape: shape, DType: d.name}
	if d.isInteger() {
		a.Ints = make([]int64, n)
		for i := range a.Ints {
			a.Ints[i] = d.integer(d.bits(data, at(i)))
		}
		return a
	}
	a.Data = make([]float32, n)
	for i := range a.Data {
		a.Data[i] = d.float(d.bits(data, at(i)))
	}
	return a
}

// write writes the values of an array.
func (d dtype) write(w io.Writer, a Array) error {
	buf := make([]byte, 0, 1<<16)
	for i := range len(a.Data) + len(a.Ints) {
		var bits uint64
		if d.isInteger() {
			bits = d.integerBits(a.Ints[i])
		} else {
			bits = d.floatBits(a.Data[i])
		}
		for b := range d.width {
			buf = append(buf, byte(bits>>(8*b)))
		}
		if cap(buf)-len(buf) < 8 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

// fromHalf is exact, of NaNs too.
func fromHalf(bits uint64) float32 {
	sign, exponent, fraction := uint32(bits>>15&1)<<31, uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0: // subnormal: fraction * 2^-24
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(v))
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent-15+127)<<23 | fraction<<13)
}

func toHalf(v float32) uint64 {
	bits := math.Float32bits(v)
	sign, magnitude := uint64(bits>>31)<<15, bits&(1<<31-1)
	switch {
	case magnitude > 0xff<<23: // NaN; one whose upper bits are 0 must not become infinite
		fraction := magnitude >> 13 & 1023
		if fraction == 0 {
			fraction = 512
		}
		return sign | 31<<10 | uint64(fraction)
	case magnitude >= math.Float32bits(65520): // rounds to infinity
		return sign | 31<<10
	case magnitude < math.Float32bits(1.0/(1<<14)): // subnormal: the unit is 2^-24
		return sign | uint64(math.RoundToEven(float64(math.Float32frombits(magnitude))*(1<<24)))
	}
	magnitude += 1<<12 - 1 + magnitude>>13&1
	return sign | uint64(magnitude>>13-(127-15)<<10)
}

func toBFloat(v float32) uint64 {
	bits := math.Float32bits(v)
	if magnitude := bits & (1<<31 - 1); magnitude > 0xff<<23 { // NaN
		if magnitude>>16 == 0xff<<7 {
			bits |= 1 << 22
		}
		return uint64(bits >> 16)
	}
	return uint64((bits + 1<<15 - 1 + bits>>16&1) >> 16)
}
