package training_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// blobs is a data set of 8x8 pictures: noise, brighter in the quarter that the
// label names. Augmentation adds more noise.
type blobs struct{ n int }

func (d blobs) Len() int   { return d.n }
func (blobs) Shape() []int { return []int{8, 8, 3} }

func (d blobs) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	r := rand.New(rand.NewPCG(7, uint64(i)))
	label := int32(r.IntN(4))
	for y := range 8 {
		for x := range 8 {
			for c := range 3 {
				v := r.NormFloat64()
				if rng != nil {
					v += rng.NormFloat64() / 4
				}
				if y/4*2+x/4 == int(label) {
					v++
				}
				dst[(y*8+x)*3+c] = float32(v)
			}
		}
	}
	return label, nil
}

// tiny is a residual network small enough to train within a test.
func tiny(name string, planes int) resnet.Config {
	return resnet.Config{About: resnet.Info{Name: name, Classes: 4}, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutA},
		Stages: []resnet.Stage{{Units: 1, Planes: planes, Stride: 1}, {Units: 1, Planes: 2 * planes, Stride: 2}}}
}

func config() training.Config {
	return training.Config{Name: "tiny", Model: tiny("tiny", 4), Train: blobs{60}, Test: blobs{50}, Batch: 16, Iterations: 20,
		Schedule: training.Constant{Base: 0.05}, Seed: 3}
}

func newTrainer(t *testing.T, c training.Config) *training.Trainer {
	t.Helper()
	tr, err := training.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// bits are all numbers of a run that do not depend on time.
func bits(t *testing.T, tr *training.Trainer, records []training.Record) []uint64 {
	t.Helper()
	var out []uint64
	for _, x := range tr.State().Tensors() {
		for _, v := range x.Data() {
			out = append(out, uint64(math.Float32bits(v)))
		}
	}
	for _, r := range records {
		out = append(out, uint64(r.Iteration), math.Float64bits(r.TrainLoss), math.Float64bits(r.TrainError), math.Float64bits(r.Test.Loss), math.Float64bits(r.Test.Error))
	}
	return out
}
