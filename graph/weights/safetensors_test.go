package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

// curious are arrays whose values and shapes are easily lost.
var curious = []Array{
	{Name: "layer1.0.conv1.weight", Shape: []int{2, 1, 2, 1}, Data: []float32{1, -2.5, 3e38, 1e-45}},
	{Name: "values", Shape: []int{7}, Data: []float32{
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 0,
		math.Float32frombits(0x7fc12345), math.Float32frombits(0xff812345), math.Float32frombits(0x7f800001),
	}},
	{Name: "scalar", Shape: []int{}, Data: []float32{42}},
	{Name: "empty", Shape: []int{3, 0, 2}, Data: []float32{}},
	{Name: "A <name> & \"quotes\" \u00e9\u2028", Shape: []int{1}, Data: []float32{7}},
}

var notes = map[string]string{"arch": "resnet20", "format": "pt", "quotes \" and\nlines": `{"gorgonet.sha256":"0"}`}

// written returns the bytes of a file with the curious arrays.
func written(t testing.TB, arrays []Array, metadata map[string]string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.safetensors")
	if err := WriteSafetensors(path, arrays, metadata); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSafetensorsRoundTrip(t *testing.T) {
	large := make([]float32, 100_003) // more than the buffer of the writer
	for i := range large {
		large[i] = float32(i) * 0.37
	}
	for _, test := range []struct {
		name     string
		arrays   []Array
		metadata map[string]string
	}{
		{"curious", curious, notes},
		{"nothing", nil, nil},
		{"large", []Array{{Name: "large", Shape: []int{100_003}, Data: large}, {Name: "small", Shape: []int{2}, Data: []float32{1, 2}}}, nil},
		{"a checksum of the caller's", curious, map[string]string{checksumKey: "mine"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file.safetensors")
			if err := WriteSafetensors(path, test.arrays, test.metadata); err != nil {
				t.Fatal(err)
			}
			arrays, metadata, checked, err := ReadSafetensors(path)
			if err != nil {
				t.Fatal(err)
			}
			if !checked {
				t.Error("the file has no checksum")
			}
			sameArrays(t, arrays, test.arrays)
			want := map[string]string{"format": "pt"}
			maps.Copy(want, test.metadata)
			delete(want, checksumKey)
			if !maps.Equal(metadata, want) {
				t.Errorf("metadata %v, want %v", metadata, want)
			}
			file, _ := os.ReadFile(path)
			if !bytes.Equal(file, written(t, test.arrays, test.metadata)) {
				t.Error("the same content gave other bytes")
			}
			if n := binary.LittleEndian.Uint64(file); n%8 != 0 {
				t.Errorf("the data begin at byte %d, which is not aligned", n+8)
			}
		})
	}
}

func TestSafetensorsWriteErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		arrays []Array
		words  []string
	}{
		{"a name twice", []Array{{Name: "a", Shape: []int{1}, Data: []float32{1}}, {Name: "a", Shape: []int{1}, Data: []float32{2}}}, []string{"two arrays", "a"}},
		{"the name of the metadata", []Array{{Name: "__metadata__", Shape: []int{1}, Data: []float32{1}}}, []string{"__metadata__"}},
		{"too few values", []Array{{Name: "a", Shape: []int{2, 3}, Data: []float32{1}}}, []string{"a: 1 values", "[2 3]"}},
		{"negative shape", []Array{{Name: "a", Shape: []int{-1}, Data: []float32{1}}}, []string{"a: 1 values", "[-1]"}},
	} {
		path := filepath.Join(t.TempDir(), "file.safetensors")
		wantError(t, test.name, WriteSafetensors(path, test.arrays, nil), append(test.words, "weights: ")...)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", test.name)
		}
	}
	wantError(t, "no such directory", WriteSafetensors(filepath.Join(t.TempDir(), "no", "file"), nil, nil), "cannot write", filepath.Join("no", "file"))
	_, _, _, err := ReadSafetensors(filepath.Join(t.TempDir(), "nothing"))
	wantError(t, "no such file", err, "weights: ", "nothing")
}

// TestSafetensorsDamage cuts a file everywhere and turns every bit of it. Only a
// turned bit in the name of the checksum itself may pass, as a whole file
// without one.
func TestSafetensorsDamage(t *testing.T) {
	file := written(t, curious, map[string]string{"arch": "resnet20"})
	if _, _, checked, err := parseSafetensors(slices.Clone(file)); err != nil || !checked {
		t.Fatalf("the file as it was: checked %v, %v", checked, err)
	}
	for n := range file {
		if _, _, _, err := parseSafetensors(slices.Clone(file[:n])); err == nil {
			t.Errorf("the first %d of %d bytes pass for a file", n, len(file))
		}
	}
	if _, _, _, err := parseSafetensors(append(slices.Clone(file), 0)); err == nil {
		t.Error("a byte more passes")
	}
	name := bytes.Index(file, []byte(checksumKey))
	for i := range file {
		for bit := range 8 {
			damaged := slices.Clone(file)
			damaged[i] ^= 1 << bit
			arrays, _, checked, err := parseSafetensors(damaged)
			if err != nil {
				continue
			}
			if checked || i < name || i >= name+len(checksumKey) {
				t.Fatalf("bit %d of byte %d (%q) can be turned and nobody notices", bit, i, file[max(i-5, 0):min(i+5, len(file))])
			}
			sameArrays(t, arrays, curious)
		}
	}
}

// handmade assembles a file of a header and so many bytes of data.
func handmade(header string, data int) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, data)...)
}

func TestSafetensorsForeign(t *testing.T) {
	entry := func(name, dtype, shape string, from, to int64) string {
		return fmt.Sprintf(`"%s":{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape, from, to)
	}
	object := func(entries ...string) string { return "{" + strings.Join(entries, ",") + "}" }
	huge := func(n uint64) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), "{}"...) }
	for _, test := range []struct {
		name string
		file []byte
		want string   // what the error says, "" for none
		read []string // the arrays read, where there is no error
	}{
		{"empty file", nil, "0 bytes", nil},
		{"a header of 2^60 bytes", huge(1 << 60), "header of 1152921504606846976 bytes", nil},
		{"a header of 2^64-1 bytes", huge(math.MaxUint64), "header of 18446744073709551615 bytes", nil},
		{"a header beyond the end", huge(3), "cut short", nil},
		{"no JSON", handmade("what", 0), "header", nil},
		{"a list", handmade("[]", 0), "header", nil},
		{"metadata of numbers", handmade(`{"__metadata__":{"a":1,"b":"c","d":{}},`+entry("e", "F32", "[1]", 0, 4)+`}`, 4), "", []string{"e"}},
		{"metadata that are a list", handmade(`{"__metadata__":[1]}`, 0), "", nil},
		{"no arrays", handmade("{}", 0), "", nil},
		{"no checksum, spaces, another order", handmade(" "+object(entry("b", "F32", "[1]", 8, 12), entry("a", "F32", "[2]", 0, 8))+"  ", 12), "", []string{"a", "b"}},
		{"integers", handmade(object(entry("n", "I64", "[]", 0, 8), entry("a", "F32", "[1]", 8, 12)), 12), "", []string{"n", "a"}},
		{"no values", handmade(object(entry("a", "F32", "[0]", 0, 0), entry("b", "F32", "[1]", 0, 4)), 4), "", []string{"a", "b"}},
		{"data too short", handmade(object(entry("a", "F32", "[2]", 0, 8)), 7), "cut short", nil},
		{"data too long", handmade(object(entry("a", "F32", "[2]", 0, 8)), 9), "1 bytes too many", nil},
		{"overlap", handmade(object(entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[2]", 4, 12)), 12), "b begins at byte 4", nil},
		{"the same bytes twice", handmade(object(entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[2]", 0, 8)), 8), "b begins at byte 0", nil},
		{"a hole", handmade(object(entry("a", "F32", "[1]", 0, 4), entry("b", "F32", "[1]", 8, 12)), 12), "b begins at byte 8", nil},
		{"a hole at the start", handmade(object(entry("a", "F32", "[1]", 4, 8)), 8), "a begins at byte 4", nil},
		{"offsets the wrong way", handmade(object(entry("a", "F32", "[1]", 4, 0)), 8), "does not fill", nil},
		{"negative offset", handmade(object(entry("a", "F32", "[2]", -8, 0)), 8), "begins at byte -8", nil},
		{"offsets that overflow", handmade(object(entry("a", "F32", "[0]", math.MinInt64, math.MinInt64)), 8), "begins at byte -9223372036854775808", nil},
		{"shape and bytes differ", handmade(object(entry("a", "F32", "[3]", 0, 8)), 8), "does not fill", nil},
		{"unknown type", handmade(object(entry("a", "F33", "[1]", 0, 4)), 4), "F33", nil},
		{"type of floats that is not read", handmade(object(entry("a", "F8_E5M2", "[2]", 0, 4)), 4), "F8_E5M2", nil},
		{"no type", handmade(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4), "unknown type", nil},
		{"negative dimension", handmade(object(entry("a", "F32", "[-1]", 0, 4)), 4), "[-1]", nil},
		{"two negative dimensions", handmade(object(entry("a", "F32", "[-1,-1]", 0, 4)), 4), "[-1 -1]", nil},
		{"dimensions that overflow", handmade(object(entry("a", "F32", "[4294967296,4294967296]", 0, 0)), 0), "does not fill", nil},
		{"a product that overflows to the right size", handmade(object(entry("a", "F32", "[4611686018427387905]", 0, 4)), 4), "does not fill", nil},
		{"a dimension beyond integers", handmade(object(entry("a", "F32", "[18446744073709551617]", 0, 4)), 4), "header: a", nil},
		{"a fraction", handmade(object(entry("a", "F32", "[1.5]", 0, 4)), 4), "header: a", nil},
		{"a name twice, one without data", handmade(object(entry("a", "F32", "[1]", 0, 4), entry("a", "F32", "[1]", 4, 8)), 8), "a begins at byte 4", nil},
		{"a wrong checksum", handmade(`{"__metadata__":{"gorgonet.sha256":"00"}}`, 0), "checksum", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var arrays []Array
			var checked bool
			err := corrupt.Within(t, test.name, 1<<20, func() (err error) {
				arrays, _, checked, err = parseSafetensors(test.file)
				return err
			})
			if test.want != "" {
				wantError(t, "parse", err, test.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range arrays {
				names = append(names, a.Name)
			}
			if checked || !slices.Equal(names, test.read) {
				t.Errorf("checked %v, read %v, want %v without a checksum", checked, names, test.read)
			}
		})
	}
}

// FuzzSafetensors wants no panic, and what parses to survive being written and
// read.
func FuzzSafetensors(f *testing.F) {
	f.Add(written(f, curious, notes))
	f.Add(handmade(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"n":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}`, 16))
	f.Add(handmade(`{"__metadata__":{"a":"b"},"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}`, 4))
	f.Add(handmade("{}", 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		arrays, metadata, _, err := parseSafetensors(slices.Clone(file))
		if err != nil {
			return
		}
		for _, a := range arrays {
			if a.Name == "__metadata__" {
				t.Fatal("the metadata passes for an array")
			}
		}
		again, more, checked, err := parseSafetensors(written(t, arrays, metadata))
		if err != nil || !checked {
			t.Fatalf("checked %v: %v", checked, err)
		}
		byName := func(a, b Array) int { return strings.Compare(a.Name, b.Name) }
		slices.SortFunc(arrays, byName) // arrays without values may change places
		slices.SortFunc(again, byName)
		sameArrays(t, again, arrays)
		want := map[string]string{"format": "pt"}
		maps.Copy(want, metadata)
		if !maps.Equal(more, want) {
			t.Errorf("metadata %v, want %v", more, want)
		}
	})
}

// TestSafetensorsHeader reads the header as any other program would.
func TestSafetensorsHeader(t *testing.T) {
	file := written(t, curious[:2], nil)
	n := binary.LittleEndian.Uint64(file)
	var header map[string]struct {
		DType   string  `json:"dtype"`
		Shape   []int   `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
		Format  string  `json:"format"`
	}
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	first, second := header[curious[0].Name], header[curious[1].Name]
	if first.DType != "F32" || !slices.Equal(first.Shape, []int{2, 1, 2, 1}) || !slices.Equal(first.Offsets, []int64{0, 16}) ||
		!slices.Equal(second.Offsets, []int64{16, 44}) || header["__metadata__"].Format != "pt" {
		t.Errorf("header %+v", header)
	}
	if got := math.Float32frombits(binary.LittleEndian.Uint32(file[8+n+4:])); got != -2.5 {
		t.Errorf("the second value is %v, want -2.5", got)
	}
}
