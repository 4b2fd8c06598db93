package degradation

import (
	"math/rand/v2"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// blobs is a data set of 8x8 pictures: noise, brighter in the quarter that the
// label names. Augmentation adds more noise.
type blobs struct{ n, first int }

func (d blobs) Len() int   { return d.n }
func (blobs) Shape() []int { return []int{8, 8, 3} }

func (d blobs) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	r := rand.New(rand.NewPCG(7, uint64(d.first+i)))
	label := int32(r.IntN(4))
	for at := range dst {
		y, x := at/24, at/3%8
		v := r.NormFloat64()
		if rng != nil {
			v += rng.NormFloat64() / 4
		}
		if y/4*2+x/4 == int(label) {
			v++
		}
		dst[at] = float32(v)
	}
	return label, nil
}

// small is an experiment of a second.
func small() Config {
	return Config{Depths: []int{8, 14}, Kinds: []Kind{Plain, Residual}, Seeds: []uint64{1}, Classes: 4,
		Train: blobs{96, 0}, Test: blobs{40, 1000}, Batch: 16, Iterations: 12, Every: 4, Subset: 32}
}

func newExperiment(t *testing.T, path string, c Config) *Experiment {
	t.Helper()
	e, err := New(path, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var _ training.Dataset = blobs{}
