package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// nan marks memory that a kernel must overwrite.
var nan = float32(math.NaN())

// random returns n normal values, the same for the same seed.
func random(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// dirty returns n values of NaN, to be overwritten.
func dirty(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = nan
	}
	return x
}

// forget drops the memory that kernels have borrowed so far.
func forget() {
	spaces.free, works.free = nil, nil
}

// soil fills the memory that kernels have borrowed so far with NaN, and numbers
// that lead nowhere.
func soil() {
	for _, s := range append(works.free, spaces.free...) {
		fillWith(s.floats.block, nan)
		fillWith(s.sums.block, math.NaN())
		fillWith(s.ints.block, -1<<40)
		fillWith(s.labels.block, -1<<30)
	}
}

func fillWith[T any](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

// TestOtherUnits runs all tests again with the arithmetic that a lesser processor
// would get, but for those of random shapes, which do so themselves.
func TestOtherUnits(t *testing.T) {
	if testing.Short() || os.Getenv("GORGONET_KERNELS") != "" {
		t.Skip("one unit is enough here")
	}
	for _, name := range []string{"avx2", "go"} {
		cmd := exec.Command(os.Args[0], "-test.run=^Test", "-test.skip=^TestRandom", "-test.count=1")
		cmd.Env = append(os.Environ(), "GORGONET_KERNELS="+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with GORGONET_KERNELS=%s: %v\n%s", name, err, out)
		}
	}
}

// near fails the test unless got is within a relative L2 error of want.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var difference, norm float64
	for i, w := range want {
		d := float64(got[i]) - w
		difference += d * d
		norm += w * w
	}
	if e := math.Sqrt(difference) / math.Max(math.Sqrt(norm), 1e-30); !(e <= tolerance) {
		t.Errorf("%s: relative error %.3g, want at most %.3g", what, e, tolerance)
	}
}

// TestSameBits runs every kernel with one, two and three processors.
func TestSameBits(t *testing.T) {
	type kernel struct {
		name string
		run  func() [][]float32
	}
	// Rows enough for several tasks and several partial sums.
	const rows, c = 5000, 20
	x, dy := random(1, rows*c), random(2, rows*c)
	scale, shift := random(3, c), random(4, c)
	mean, invstd := make([]float64, c), make([]float64, c)
	for j := range c {
		mean[j], invstd[j] = float64(shift[j]), math.Abs(float64(scale[j]))
	}
	labels := make([]int32, rows)
	for i := range labels {
		labels[i] = int32(i%(c+1)) - 1
	}
	table := []kernel{
		{"Moments", func() [][]float32 {
			m := NewMoments(c)
			m.Measure(x)
			return [][]float32{halves(m.Mean), halves(m.Variance)}
		}},
		{"Affine", func() [][]float32 {
			y := dirty(len(x))
			Affine(y, x, scale, shift, dy, RectifiedLinear)
			return [][]float32{y}
		}},
		{"AffineGradSums", func() [][]float32 {
			a, b := dirty(c), dirty(c)
			AffineGradSums(a, b, nil, dy, x, x, mean, invstd)
			return [][]float32{a, b}
		}},
		{"AffineGradInput", func() [][]float32 {
			dx := dirty(len(x))
			AffineGradInput(dx, dy, x, x, scale, shift, scale)
			return [][]float32{dx}
		}},
		{"ReLU, ReLUGrad, Add, AddBias", func() [][]float32 {
			a, b, s := dirty(len(x)), dirty(len(x)), dirty(len(x))
			ReLU(a, x)
			ReLUGrad(b, dy, a)
			Add(s, x, dy)
			AddBias(s, shift)
			return [][]float32{a, b, s}
		}},
		{"AddReLU, the sigmoid and its gradient", func() [][]float32 {
			a, b, d := dirty(len(x)), dirty(len(x)), dirty(len(x))
			AddReLU(a, x, dy)
			Logistic.Forward(b, x)
			Logistic.Backward(d, dy, b)
			return [][]float32{a, b, d}
		}},
		{"ScaleChannels, ScaleChannelsFactorGrad", func() [][]float32 {
			y, s := dirty(len(x)), dirty(50*c)
			ScaleChannels(y, x, dy[:50*c], c)
			ScaleChannelsFactorGrad(s, dy, x, c)
			return [][]float32{y, s}
		}},
		{"SumRows", func() [][]float32 {
			s := dirty(c)
			SumRows(s, x)
			return [][]float32{s}
		}},
		{"SGD", func() [][]float32 {
			w, v := append([]float32(nil), x...), append([]float32(nil), dy...)
			SGD(w, v, x, 0.1, 0.9, 0.01, true)
			return [][]float32{w, v}
		}},
		{"CrossEntropy", func() [][]float32 {
			grad := dirty(len(x))
			loss, _, _ := CrossEntropy(grad, x, labels, c)
			return [][]float32{grad, halves([]float64{loss})}
		}},
		{"GlobalMean, GlobalMeanGrad", func() [][]float32 {
			y, dx := dirty(50*c), dirty(len(x))
			GlobalMean(y, x, 50, c)
			GlobalMeanGrad(dx, y, 50, c)
			return [][]float32{y, dx}
		}},
		{"Pool", func() [][]float32 {
			p := Pool{N: 2, H: 50, W: 50, C: c, Size: 3, Stride: 2, Pad: 1}.Resolve()
			y, at, dx := dirty(p.N*p.OH*p.OW*c), make([]int32, p.N*p.OH*p.OW*c), dirty(len(x))
			p.Forward(y, at, x)
			p.Backward(dx, dy[:len(y)], at)
			return [][]float32{y, dx}
		}},
		{"Subsample", func() [][]float32 {
			s := Subsample{N: 2, H: 50, W: 50, C: c, K: 2 * c, Before: c / 2, Stride: 2}.Resolve()
			y, dx := dirty(s.N*s.OH*s.OW*s.K), dirty(len(x))
			s.Forward(y, x)
			s.Backward(dx, y)
			return [][]float32{y, dx}
		}},
	}
	for _, s := range []Conv{
		{N: 1, H: 8, W: 8, C: 6, K: 10, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 20, H: 15, W: 13, C: 6, K: 10, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 2},
		{N: 7, H: 1, W: 1, C: 64, K: 10, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 9, H: 15, W: 13, C: 32, K: 48, R: 3, S: 3, Stride: 1, Pads: Sides(1), Groups: 1},
		{N: 9, H: 15, W: 13, C: 32, K: 48, R: 3, S: 3, Stride: 2, Pads: Sides(1), Groups: 1},
		{N: 9, H: 15, W: 13, C: 64, K: 32, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 3, H: 29, W: 31, C: 72, K: 72, R: 7, S: 7, Stride: 1, Pads: Sides(3), Groups: 72},
		{N: 5, H: 30, W: 15, C: 35, K: 35, R: 5, S: 3, Stride: 2, Pads: [4]int{2, 1, 1, 0}, Groups: 35},
		{N: 2, H: 17, W: 19, C: 24, K: 32, R: 3, S: 3, Stride: 2, Dilation: 2, Pads: Sides(2), Groups: 8},
	} {
		s := Choose(s.Resolve())
		x, w, dy := random(1, s.N*s.H*s.W*s.C), random(2, s.R*s.S*s.C/s.Groups*s.K), random(3, s.N*s.OH*s.OW*s.K)
		table = append(table, kernel{fmt.Sprintf("Conv %+v", s.Conv), func() [][]float32 {
			y, dx, dw := dirty(len(dy)), dirty(len(x)), dirty(len(w))
			m := NewMoments(s.K)
			s.Forward(y, x, w, m)
			s.BackwardInput(dx, dy, w, nil)
			s.BackwardWeights(dw, x, dy)
			return [][]float32{y, dx, dw, halves(m.Mean), halves(m.Variance)}
		}})
	}
	for _, k := range table {
		t.Run(k.name, func(t *testing.T) {
			sameWithProcessors(t, k.run)
		})
	}
}

// sameWithProcessors wants the same bits with one, two and three processors.
func sameWithProcessors(t *testing.T, run func() [][]float32) {
	t.Helper()
	var want [][]float32
	for _, procs := range []int{1, 2, 3} {
		old := runtime.GOMAXPROCS(procs)
		got := run()
		runtime.GOMAXPROCS(old)
		if want == nil {
			want = got
		}
		for i := range want {
			for j := range want[i] {
				if math.Float32bits(got[i][j]) != math.Float32bits(want[i][j]) {
					t.Fatalf("with %d processors, result %d[%d] is %v, with one it is %v", procs, i, j, got[i][j], want[i][j])
				}
			}
		}
	}
}

// halves gives the bits of float64 values as pairs of float32.
func halves(x []float64) []float32 {
	out := make([]float32, 0, 2*len(x))
	for _, v := range x {
		bits := math.Float64bits(v)
		out = append(out, math.Float32frombits(uint32(bits)), math.Float32frombits(uint32(bits>>32)))
	}
	return out
}
