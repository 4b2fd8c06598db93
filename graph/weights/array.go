package weights

import (
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// Array is a named array in a file of weights, in PyTorch's layout: of floats,
// in Data, or of integers, in Ints (booleans are 0 and 1).
type Array struct {
	Name  string
	Shape []int
	Data  []float32
	Ints  []int64

	// DType is the type in the file that the array is from, as safetensors files
	// name it: F32, F16, I64 and so on. Values of F64 are rounded to float32. A
	// file that the array is written to has the same type, but F32 for F64. ""
	// stands for F32, with Ints for I64.
	DType string
}

// Write writes arrays to a file of the kind that its name ends in:
// .safetensors (see WriteSafetensors), or .pth or .pt (see WriteTorch).
func Write(path string, arrays []Array) error {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".safetensors":
		return WriteSafetensors(path, arrays, nil)
	case ".pth", ".pt":
		return WriteTorch(path, arrays)
	}
	return errors.Errorf("weights: %s: want a name that ends in .safetensors, .pth or .pt", path)
}

// NotFinite lists the names of arrays that hold a NaN or an infinity.
func NotFinite(arrays []Array) []string {
	var names []string
	for _, a := range arrays {
		for _, v := range a.Data {
			if d := v - v; d != 0 { // NaN for both
				names = append(names, a.Name)
				break
			}
		}
	}
	return names
}

// dtype is the type that the array has in a file it is written to.
func (a Array) dtype() (dtype, error) {
	name := a.DType
	if name == "F64" || name == "" {
		name = "F32"
		if a.Ints != nil {
			name = "I64"
		}
	}
	d, ok := dtypeOf(name)
	values, others := len(a.Data), len(a.Ints)
	if d.isInteger() {
		values, others = others, values
	}
	switch {
	case !ok:
		return d, errors.Errorf("weights: %s: unknown type %q", a.Name, a.DType)
	case others > 0:
		return d, errors.Errorf("weights: %s: type %s, but values in the other of Data and Ints", a.Name, name)
	case size(a.Shape) != int64(values):
		return d, errors.Errorf("weights: %s: %d values do not fill the shape %v", a.Name, values, a.Shape)
	case !utf8.ValidString(a.Name):
		return d, errors.Errorf("weights: the name %q is not UTF-8", a.Name)
	}
	for _, v := range a.Ints {
		if d.integer(d.integerBits(v)) != v {
			return d, errors.Errorf("weights: %s: %d does not fit into %s", a.Name, v, name)
		}
	}
	return d, nil
}

// checkArrays returns the types that the arrays have in a file, or what speaks
// against writing them.
func checkArrays(arrays []Array) ([]dtype, error) {
	types := make([]dtype, len(arrays))
	seen := make(map[string]bool, len(arrays))
	for i, a := range arrays {
		if seen[a.Name] {
			return nil, errors.Errorf("weights: two arrays are named %s", a.Name)
		}
		seen[a.Name] = true
		var err error
		if types[i], err = a.dtype(); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// size is the number of values of a shape, -1 if a dimension is negative or the
// product is beyond any file.
func size(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || (d > 0 && n > math.MaxInt64/16/int64(d)) {
			return -1
		}
		n *= int64(d)
	}
	return n
}
