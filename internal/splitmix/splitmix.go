// Package splitmix is for tests: it repeats the random numbers of testdata/goldens.py, so
// that files of expected values need not hold what they were computed from.
package splitmix

import "hash/fnv"

// Uniform are n values in [0, 1) of SplitMix64, seeded with the FNV-1a hash of a name.
func Uniform(name string, n int) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	state := h.Sum64()
	out := make([]float64, n)
	for i := range out {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		out[i] = float64(z>>11) / (1 << 53)
	}
	return out
}

// Symmetric are the same between -1 and 1.
func Symmetric(name string, n int) []float64 {
	out := Uniform(name, n)
	for i, u := range out {
		out[i] = 2*u - 1
	}
	return out
}
