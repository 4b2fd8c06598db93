package weights

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixture is a file that testdata/weights.py made with PyTorch.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("../../testdata/weights", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// expected is what PyTorch says is in zip.pth, legacy.pth and protocol4.pth.
func expected(t testing.TB) []Array {
	t.Helper()
	var rows []struct {
		Name, DType string
		Shape       []int
		Values      []int64
	}
	if err := json.Unmarshal(fixture(t, "expected.json"), &rows); err != nil {
		t.Fatal(err)
	}
	arrays := make([]Array, len(rows))
	for i, r := range rows {
		a := Array{Name: r.Name, Shape: r.Shape, DType: r.DType}
		if strings.Contains(r.DType, "F") {
			for _, v := range r.Values {
				a.Data = append(a.Data, math.Float32frombits(uint32(v)))
			}
		} else {
			a.Ints = r.Values
		}
		arrays[i] = a
	}
	return arrays
}

// sameTyped is sameArrays for arrays of every type.
func sameTyped(t testing.TB, got, want []Array) {
	t.Helper()
	sameArrays(t, got, want)
	for i, w := range want {
		if !slices.Equal(got[i].Ints, w.Ints) || got[i].DType != w.DType {
			t.Errorf("%s is %s %v, want %s %v", w.Name, got[i].DType, got[i].Ints, w.DType, w.Ints)
		}
	}
}

// rounded is what a file keeps of the arrays.
func rounded(arrays []Array) []Array {
	out := slices.Clone(arrays)
	for i, a := range out {
		if a.DType == "F64" {
			out[i].DType = "F32"
		}
	}
	return out
}

func TestReadTorch(t *testing.T) {
	want := expected(t)
	for _, name := range []string{"zip.pth", "protocol4.pth", "legacy.pth"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("../../testdata/weights", name)
			arrays, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			sameTyped(t, arrays, want)
			if arrays, err = Read(path); err != nil {
				t.Fatal(err)
			}
			sameTyped(t, arrays, want)
		})
	}
	for _, name := range []string{"checkpoint.pth", "checkpoint-legacy.th"} {
		t.Run(name, func(t *testing.T) {
			arrays, err := Read(filepath.Join("../../testdata/weights", name))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range TorchvisionNames(arrays) {
				names = append(names, fmt.Sprint(a.Name, a.Shape))
			}
			if got, want := strings.Join(names, " "), "bn1.weight[3] bn1.bias[3] bn1.running_mean[3] bn1.running_var[3] "+
				"bn1.num_batches_tracked[] fc.weight[2 3] fc.bias[2]"; got != want {
				t.Errorf("read %s, want %s", got, want)
			}
			if arrays[4].Ints[0] != 1 {
				t.Errorf("%v batches tracked, want 1", arrays[4].Ints)
			}
		})
	}
}

// TestWeightsRoundTrip goes from one format to the other and back.
func TestWeightsRoundTrip(t *testing.T) {
	want := rounded(expected(t))
	dir := t.TempDir()
	arrays := expected(t)
	for _, name := range []string{"a.pth", "b.safetensors", "c.PT"} {
		path := filepath.Join(dir, name)
		if err := Write(path, arrays); err != nil {
			t.Fatal(err)
		}
		var err error
		if arrays, err = Read(path); err != nil {
			t.Fatal(err)
		}
		sameTyped(t, arrays, want)
	}
	first, err := os.ReadFile(filepath.Join(dir, "a.pth"))
	if err != nil {
		t.Fatal(err)
	}
	if last, _ := os.ReadFile(filepath.Join(dir, "c.PT")); !bytes.Equal(first, last) {
		t.Error("the same content gave other bytes")
	}
	archive, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		if at, err := f.DataOffset(); at%64 != 0 || err != nil {
			t.Errorf("%s begins at byte %d, which is not aligned, %v", f.Name, at, err)
		}
	}
	wantError(t, "another ending", Write(filepath.Join(dir, "a.onnx"), arrays), "weights: ", ".safetensors, .pth or .pt")
}

func TestWriteTorchErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		arrays []Array
		words  []string
	}{
		{"a name twice", []Array{{Name: "a"}, {Name: "a"}}, []string{"a:"}},
		{"too few values", []Array{{Name: "a", Shape: []int{2}, Data: []float32{1}}}, []string{"a: 1 values", "[2]"}},
		{"negative shape", []Array{{Name: "a", Shape: []int{-1}}}, []string{"a: 0 values"}},
		{"unknown type", []Array{{Name: "a", Shape: []int{0}, DType: "F8"}}, []string{"a: unknown type", "F8"}},
		{"type without a class", []Array{{Name: "a", Shape: []int{1}, Ints: []int64{1}, DType: "U32"}}, []string{"a:", "U32"}},
		{"values elsewhere", []Array{{Name: "a", Shape: []int{1}, Ints: []int64{1}, DType: "F32"}}, []string{"a: type F32"}},
		{"both kinds of values", []Array{{Name: "a", Shape: []int{1}, Ints: []int64{1}, Data: []float32{1}}}, []string{"a: type I64"}},
		{"too large a value", []Array{{Name: "a", Shape: []int{1}, Ints: []int64{200}, DType: "I8"}}, []string{"a: 200 does not fit into I8"}},
		{"negative in unsigned", []Array{{Name: "a", Shape: []int{1}, Ints: []int64{-1}, DType: "BOOL"}}, []string{"a: -1 does not fit into BOOL"}},
		{"name that is not UTF-8", []Array{{Name: "\xff", Shape: []int{0}}}, []string{"UTF-8"}},
	} {
		path := filepath.Join(t.TempDir(), "file.pth")
		wantError(t, test.name, WriteTorch(path, test.arrays), append(test.words, "weights: ")...)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", test.name)
		}
	}
	wantError(t, "no such file", func() error { _, err := Read("nothing.pth"); return err }(), "weights: ", "nothing.pth")
	wantError(t, "no such file", func() error { _, err := Read("nothing.pth"); return err }(), "weights: ", "nothing.pth")
}

// TestDevice wants what has no end to be refused before it is read.
func TestDevice(t *testing.T) {
	if _, err := Open(os.DevNull); err == nil || !strings.Contains(err.Error(), "is a device, not a file") {
		t.Errorf("got %v", err)
	}
}
