package graph

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Init is how the weights of convolutions start: normal with mean 0 and variance
// 2/n (He et al. 2015, "Delving Deep into Rectifiers", equations 10 and 14).
type Init int

const (
	// FanIn takes n = kernel^2 * input channels, the paper's choice: activations
	// keep their variance.
	FanIn Init = iota
	// FanOut takes n = kernel^2 * output channels of all groups, torchvision's
	// choice: gradients do.
	FanOut
)

// initializer fills a new tensor.
type initializer func(dst []float32, rng *rand.Rand)

func (i Init) weights(fanIn, fanOut int) initializer {
	n := fanIn
	if i == FanOut {
		n = fanOut
	}
	std := math.Sqrt(2 / float64(n))
	return func(dst []float32, rng *rand.Rand) {
		for i := range dst {
			dst[i] = float32(rng.NormFloat64() * std)
		}
	}
}

// linearWeights is PyTorch's default for linear layers: uniform within
// 1/sqrt(inputs).
func linearWeights(inputs int) initializer {
	bound := 1 / math.Sqrt(float64(inputs))
	return func(dst []float32, rng *rand.Rand) {
		for i := range dst {
			dst[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
}

func constant(v float32) initializer {
	return func(dst []float32, _ *rand.Rand) {
		for i := range dst {
			dst[i] = v
		}
	}
}

// stream is the random stream of one tensor: it depends on the seed and the name
// alone, so a layer starts the same whatever stands around it.
func stream(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
