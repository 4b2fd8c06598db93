package kernel

import "os"

// arithmetic is how this process computes: by plain loops, or with a processor's
// vector instructions in place of those that they can stand for. Slices that a
// method takes lie as those of the exported function that it does a task of; c is
// the number of channels of a row.
type arithmetic interface {
	name() string
	// spin does so many rounds of nothing but arithmetic and tells how many
	// floating-point operations that were, 0 where there is no such measure.
	spin(rounds int) int
	functions() *functionUnit
	columns() *columnKernels // nil for none
	// uneven tells whether rows of c channels are better walked down by columns.
	uneven(c int) bool
	// methods are those that can compute a convolution, the best first.
	methods(c Conv) []method

	relu(y, x []float32)
	reluGrad(dx, dy, y []float32)
	add(z, x, y []float32)
	addReLU(z, x, y []float32)
	sgd(w, v, grad []float32, rate, momentum, decay float32, nesterov bool)
	adam(w, m, v, grad []float32, c AdamStep)
	copyPixels(dst, src []float32, pixels, c, to, from int)
	// maxPool computes a pixel from the taps of a window [height width].
	maxPool(s *space, y []float32, at []int32, p *Pool, image []float32, top, left, height, width int)

	// repeat is v, a value for each channel, with as many copies behind it as the
	// methods below need.
	repeat(s *space, v []float32) []float32
	affine(y, x, scale, shift, shortcut []float32, c int, a Activation)
	affineGradSums(s *space, sum []float64, dz, dy, y, x, center []float32, c int)
	affineGradInput(dx, dy, y, x, a, b, k []float32, c int)
	// moments adds to sum [2 c] the sums of x-pivot and of its square.
	moments(s *space, sum []float64, x, pivot []float32)
}

// unit is what this process computes with.
var unit = chooseUnit()

// units are what the processor has, the best first.
func units() []arithmetic { return append(vectorUnits(), loops{}) }

// chooseUnit takes the best that the processor has. GORGONET_KERNELS asks for
// avx512, avx2 or go; what the processor lacks is not given.
func chooseUnit() arithmetic {
	has := units()
	want := os.Getenv("GORGONET_KERNELS")
	for _, u := range has {
		if u.name() == want {
			return u
		}
	}
	if want == "avx2" {
		return loops{}
	}
	return has[0]
}
