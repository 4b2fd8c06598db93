// Package compare says in tests how far values are from what they should be.
package compare

import (
	"math"
	"testing"
)

// Distance is the relative L2 error of got. Values of another number, and none, end the
// test.
func Distance(t testing.TB, what string, got, want []float32) float64 {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d values, want %d and more than none", what, len(got), len(want))
	}
	var difference, norm float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		difference += d * d
		norm += float64(w) * float64(w)
	}
	return math.Sqrt(difference / norm)
}

// Near fails the test unless got is within a relative L2 error of want, and returns the
// error.
func Near(t testing.TB, what string, got, want []float32, tolerance float64) float64 {
	t.Helper()
	e := Distance(t, what, got, want)
	if !(e <= tolerance) {
		t.Errorf("%s: relative error %.3g, want at most %g", what, e, tolerance)
	}
	return e
}
