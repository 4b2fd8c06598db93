package weights

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// sameArrays fails the test unless both are the same bit for bit.
func sameArrays(t testing.TB, got, want []Array) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d arrays, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Name != w.Name || !slices.Equal(got[i].Shape, w.Shape) {
			t.Fatalf("array %d is %q %v, want %q %v", i, got[i].Name, got[i].Shape, w.Name, w.Shape)
		}
		if !slices.EqualFunc(got[i].Data, w.Data, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
			t.Fatalf("%s holds %v, want %v", w.Name, got[i].Data, w.Data)
		}
	}
}

// wantError fails the test unless the error says all of the words.
func wantError(t testing.TB, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one that says %q", what, words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %q, want one that says %q", what, err, w)
		}
	}
}

// parse reads the arrays of a file.
func parse(file []byte) ([]Array, error) {
	f, err := open(file)
	if err != nil {
		return nil, err
	}
	arrays, _, err := f.Arrays("")
	return arrays, err
}
