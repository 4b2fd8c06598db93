package training

import "math/rand/v2"

// permutation is the order of the examples in one epoch of a stream.
type permutation struct {
	seed  uint64
	epoch int
	index []int
}

// at returns the epoch and the example at a position of the stream.
func (p *permutation) at(position int) (epoch, index int) {
	epoch, i := position/len(p.index), position%len(p.index)
	if epoch != p.epoch {
		// From the identity each time: an epoch's order is its own, so that
		// a stream can start at any.
		for i := range p.index {
			p.index[i] = i
		}
		var source rand.PCG
		reseed(&source, p.seed, epoch, -1)
		rand.New(&source).Shuffle(len(p.index), func(i, j int) {
			p.index[i], p.index[j] = p.index[j], p.index[i]
		})
		p.epoch = epoch
	}
	return epoch, p.index[i]
}

// reseed sets source to the random numbers of one example in one epoch, those
// of index -1 being the epoch's own, of index batchNumbers those of a batch. Seeds,
// epochs and indices are small numbers in a row: mixing them keeps the generator's
// first states far apart.
func reseed(source *rand.PCG, seed uint64, epoch, index int) {
	high := mix(mix(seed) + uint64(epoch))
	source.Seed(high, mix(high+uint64(index)))
}

// batchNumbers is the index of the random numbers of a batch, in place of an epoch.
const batchNumbers = -2

// mix is one output of SplitMix64 (Steele et al. 2014), a bijection.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
