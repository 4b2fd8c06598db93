package graph

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Initializer fills a new parameter. The generator depends on the seed and the
// parameter's name alone, so a layer starts the same whatever stands around it.
type Initializer func(values []float32, fan Fan, rng *rand.Rand)

// Fan is how many values flow through a layer's weights: into one of its outputs,
// and out of one of its inputs. Both are 0 for tensors that are no weights.
type Fan struct{ In, Out int }

// HeFanIn is normal with mean 0 and variance 2/fan.In (He et al. 2015, "Delving
// Deep into Rectifiers", equation 10), the paper's choice: activations keep their
// variance.
func HeFanIn(values []float32, fan Fan, rng *rand.Rand) {
	Normal(math.Sqrt(2/float64(fan.In)))(values, fan, rng)
}

// HeFanOut is normal with mean 0 and variance 2/fan.Out (the same, equation 14),
// torchvision's choice: gradients keep their variance.
func HeFanOut(values []float32, fan Fan, rng *rand.Rand) {
	Normal(math.Sqrt(2/float64(fan.Out)))(values, fan, rng)
}

// UniformFanIn is uniform within 1/sqrt(fan.In), PyTorch's default for linear
// layers.
func UniformFanIn(values []float32, fan Fan, rng *rand.Rand) {
	bound := 1 / math.Sqrt(float64(fan.In))
	for i := range values {
		values[i] = float32((2*rng.Float64() - 1) * bound)
	}
}

// UniformFanOut is uniform within 1/sqrt(fan.Out), torchvision's choice for the last
// layer of EfficientNets.
func UniformFanOut(values []float32, fan Fan, rng *rand.Rand) {
	UniformFanIn(values, Fan{In: fan.Out}, rng)
}

// XavierUniform is uniform within sqrt(6/(fan.In + fan.Out)) (Glorot and Bengio 2010,
// equation 16), PyTorch's choice for Transformers.
func XavierUniform(values []float32, fan Fan, rng *rand.Rand) {
	bound := math.Sqrt(6 / float64(fan.In+fan.Out))
	for i := range values {
		values[i] = float32((2*rng.Float64() - 1) * bound)
	}
}

// NormalFanIn is normal with mean 0 and variance 1/fan.In (LeCun et al. 1998).
func NormalFanIn(values []float32, fan Fan, rng *rand.Rand) {
	Normal(math.Sqrt(1/float64(fan.In)))(values, fan, rng)
}

// Normal is normal with mean 0 and the given standard deviation.
func Normal(deviation float64) Initializer {
	return func(values []float32, _ Fan, rng *rand.Rand) {
		for i := range values {
			values[i] = float32(rng.NormFloat64() * deviation)
		}
	}
}

// Constant is one value everywhere.
func Constant(v float32) Initializer {
	return func(values []float32, _ Fan, _ *rand.Rand) {
		for i := range values {
			values[i] = v
		}
	}
}

// stream is the random stream of one tensor.
func stream(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
