package kernel

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Dropout draws, for groups of size values one after the other, which are kept:
// y = x/(1-p) where kept, 0 elsewhere. The draw depends on the key and on the
// group's number alone. y may lie where x does.
func Dropout(y, x []float32, p float64, size int, key Key) {
	scale := float32(1 / (1 - p))
	// Of 2^32 values of a group's number so many are drops.
	limit := uint64(math.Round(p * (1 << 32)))
	groups := len(x) / size
	const block = 1 << 12 // groups that share a generator
	Parallel((groups+block-1)/block, func(i int) {
		rng := rand.NewPCG(key.high, key.low^uint64(i))
		rng.Uint64() // the first of close seeds are alike
		for g := i * block; g < min((i+1)*block, groups); g++ {
			from, to := x[g*size:(g+1)*size], y[g*size:(g+1)*size]
			if rng.Uint64()>>32 < limit {
				clear(to)
				continue
			}
			for j, v := range from {
				to[j] = v * scale
			}
		}
	})
}

// Key is what a random draw depends on.
type Key struct{ high, low uint64 }

// Source is the generator of the key.
func (k Key) Source() rand.Source {
	source := rand.NewPCG(k.high, k.low)
	source.Uint64() // the first of close seeds are alike
	return source
}

// NewKey is the key of a layer at a step of a run with a seed.
func NewKey(seed, step uint64, layer string) Key {
	h := fnv.New64a()
	h.Write([]byte(layer))
	return Key{mix(seed ^ h.Sum64()), mix(step + 0x9e3779b97f4a7c15*(seed+1))}
}

// mix is the finalizer of SplitMix64, which spreads close numbers.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
