package weights

import (
	"bytes"
	"math"
	"path/filepath"
	"testing"
)

// TestHalfPrecision wants every value of 16 bits to be what its definition says,
// to come back to the same bits, and every float32 to go to the nearest.
func TestHalfPrecision(t *testing.T) {
	for _, test := range []struct {
		name               string
		fraction, exponent int // bits
	}{{"F16", 10, 5}, {"BF16", 7, 8}} {
		t.Run(test.name, func(t *testing.T) {
			d, ok := dtypeOf(test.name)
			if !ok {
				t.Fatal("no such type")
			}
			units, bias := 1<<test.fraction, 1<<(test.exponent-1)-1
			value := func(bits uint64) float64 {
				fraction, exponent := float64(bits&uint64(units-1)), int(bits>>test.fraction)&(1<<test.exponent-1)
				v := math.Ldexp(1+fraction/float64(units), exponent-bias)
				switch {
				case exponent == 0:
					v = math.Ldexp(fraction/float64(units), 1-bias)
				case exponent == 1<<test.exponent-1 && fraction == 0:
					v = math.Inf(1)
				case exponent == 1<<test.exponent-1:
					v = math.NaN()
				}
				if bits>>15 == 1 {
					v = -v
				}
				return v
			}
			for bits := range uint64(1 << 16) {
				got, want := d.float(bits), value(bits)
				if float64(got) != want && !(got != got && want != want) || math.Signbit(float64(got)) != (bits>>15 == 1) {
					t.Fatalf("%#04x is %v, want %v", bits, got, want)
				}
				if back := d.floatBits(got); back != bits {
					t.Fatalf("%#04x came back as %#04x", bits, back)
				}
			}
			for bits := range uint64(1<<15 - 1) {
				low, high := value(bits), value(bits+1)
				if high != high {
					break
				}
				if math.IsInf(high, 1) { // rounding takes it for the next power of two
					high = math.Ldexp(1, bias+1)
				}
				middle := float32((low + high) / 2)
				if float64(middle) != (low+high)/2 {
					t.Fatalf("the middle of %v and %v is not exact", low, high)
				}
				for v, want := range map[float32]uint64{
					middle: bits + bits&1, math.Nextafter32(middle, 0): bits, math.Nextafter32(middle, math.MaxFloat32): bits + 1,
					-middle: (bits + bits&1) | 1<<15,
				} {
					if got := d.floatBits(v); got != want {
						t.Fatalf("%v goes to %#04x, want %#04x", v, got, want)
					}
				}
			}
			for v, want := range map[float32]float64{math.MaxFloat32: math.Inf(1), float32(math.Inf(-1)): math.Inf(-1)} {
				if got := value(d.floatBits(v)); got != want {
					t.Errorf("%v goes to %v, want %v", v, got, want)
				}
			}
			for _, nan := range []uint32{0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff} {
				v := math.Float32frombits(nan)
				if got := value(d.floatBits(v)); got == got || math.Signbit(float64(d.float(d.floatBits(v)))) != math.Signbit(float64(v)) {
					t.Errorf("NaN %#x goes to %v", nan, got)
				}
			}
		})
	}
}

// TestTypesInSafetensors reads a file of every type that was written by the words
// of the format alone.
func TestTypesInSafetensors(t *testing.T) {
	file := handmade(`{"f16":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"bf16":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]},`+
		`"f64":{"dtype":"F64","shape":[1],"data_offsets":[6,14]},"i64":{"dtype":"I64","shape":[1],"data_offsets":[14,22]},`+
		`"i32":{"dtype":"I32","shape":[],"data_offsets":[22,26]},"i16":{"dtype":"I16","shape":[1],"data_offsets":[26,28]},`+
		`"i8":{"dtype":"I8","shape":[1],"data_offsets":[28,29]},"u8":{"dtype":"U8","shape":[1],"data_offsets":[29,30]},`+
		`"bool":{"dtype":"BOOL","shape":[2],"data_offsets":[30,32]},"u16":{"dtype":"U16","shape":[1],"data_offsets":[32,34]},`+
		`"u32":{"dtype":"U32","shape":[1],"data_offsets":[34,38]},"u64":{"dtype":"U64","shape":[1],"data_offsets":[38,46]},`+
		`"none":{"dtype":"I64","shape":[0],"data_offsets":[46,46]}}`, 0)
	file = append(file, "\x00\x3c\x00\xc0"+"\x80\x3f"+"\x00\x00\x00\x00\x00\x00\xf8\x3f"+"\xfe\xff\xff\xff\xff\xff\xff\xff"+
		"\xfd\xff\xff\xff"+"\x00\x80"+"\xff"+"\xff"+"\x01\x00"+"\xff\xff"+"\xff\xff\xff\xff"+"\xff\xff\xff\xff\xff\xff\xff\xff"...)
	want := []Array{
		{Name: "f16", Shape: []int{2}, Data: []float32{1, -2}, DType: "F16"},
		{Name: "bf16", Shape: []int{1}, Data: []float32{1}, DType: "BF16"},
		{Name: "f64", Shape: []int{1}, Data: []float32{1.5}, DType: "F64"},
		{Name: "i64", Shape: []int{1}, Ints: []int64{-2}, DType: "I64"},
		{Name: "i32", Shape: []int{}, Ints: []int64{-3}, DType: "I32"},
		{Name: "i16", Shape: []int{1}, Ints: []int64{-32768}, DType: "I16"},
		{Name: "i8", Shape: []int{1}, Ints: []int64{-1}, DType: "I8"},
		{Name: "u8", Shape: []int{1}, Ints: []int64{255}, DType: "U8"},
		{Name: "bool", Shape: []int{2}, Ints: []int64{1, 0}, DType: "BOOL"},
		{Name: "u16", Shape: []int{1}, Ints: []int64{65535}, DType: "U16"},
		{Name: "u32", Shape: []int{1}, Ints: []int64{1<<32 - 1}, DType: "U32"},
		{Name: "u64", Shape: []int{1}, Ints: []int64{-1}, DType: "U64"},
		{Name: "none", Shape: []int{0}, Ints: []int64{}, DType: "I64"},
	}
	arrays, err := parse(bytes.Clone(file))
	if err != nil {
		t.Fatal(err)
	}
	sameTyped(t, arrays, want)
	path := filepath.Join(t.TempDir(), "file.safetensors")
	if err := Write(path, arrays); err != nil {
		t.Fatal(err)
	}
	if arrays, err = Read(path); err != nil {
		t.Fatal(err)
	}
	sameTyped(t, arrays, rounded(want))
	_, err = parse(handmade(`{"a":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[0,1]}}`, 1))
	wantError(t, "a type that is not read", err, "a:", "F8_E5M2")
	_, err = parse(handmade(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}`, 4))
	wantError(t, "bytes and type differ", err, "does not fill")
}

// FuzzTypesInSafetensors wants the bits of every type to survive being read and
// written, but those of F64.
func FuzzTypesInSafetensors(f *testing.F) {
	f.Add(uint8(2), []byte("\x00\x3c\x00\xc0\xff\xff\x01\x7c"))
	f.Add(uint8(3), []byte("\x80\x3f\x81\x7f"))
	f.Add(uint8(4), []byte("\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		d := dtypes[int(kind)%len(dtypes)]
		n := len(data) / d.width
		data = data[:n*d.width]
		a := d.read("a", []int{n}, data, n, func(i int) int { return i })
		if d.name == "F64" {
			return
		}
		var out bytes.Buffer
		again, err := a.dtype()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.write(&out, a); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("%s: %x came back as %x, %v", d.name, data, out.Bytes(), err)
		}
	})
}
