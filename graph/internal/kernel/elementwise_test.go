package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestElementwise covers lengths of one task and of several.
func TestElementwise(t *testing.T) {
	for _, n := range []int{1, 5, grain, 2*grain + 3} {
		x, y := random(1, n), random(2, n)
		x[0], x[n-1] = 0, -1
		relu, reluGrad, sum := make([]float64, n), make([]float64, n), make([]float64, n)
		for i, v := range x {
			relu[i] = math.Max(float64(v), 0)
			if v > 0 {
				reluGrad[i] = float64(y[i])
			}
			sum[i] = float64(v + y[i])
		}
		a, b, c, d := dirty(n), dirty(n), dirty(n), dirty(n)
		ReLU(a, x)
		ReLUGrad(b, y, a)
		Add(c, x, y)
		AddReLU(d, x, y)
		near(t, fmt.Sprintf("ReLU of %d", n), a, relu, 0)
		near(t, fmt.Sprintf("gradient of ReLU of %d", n), b, reluGrad, 0)
		near(t, fmt.Sprintf("sum of %d", n), c, sum, 0)
		for i, v := range sum {
			sum[i] = math.Max(v, 0)
		}
		near(t, fmt.Sprintf("ReLU of the sum of %d", n), d, sum, 0)
	}
	for what, kernel := range map[string]func(y, x []float32){
		"ReLU":    ReLU,
		"AddReLU": func(y, x []float32) { AddReLU(y, x, []float32{1}) },
		"Sigmoid": Sigmoid,
	} {
		got := []float32{0}
		if kernel(got, []float32{nan}); got[0] == got[0] {
			t.Errorf("%s of NaN is %v: a network that diverges must not look healthy", what, got[0])
		}
	}
}

func TestSigmoid(t *testing.T) {
	x := append(random(1, grain+3), 0, 100, -80, float32(math.Inf(1)), float32(math.Inf(-1)))
	dy := random(2, len(x))
	want, wantDx := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		want[i] = 1 / (1 + math.Exp(-float64(v)))
		wantDx[i] = float64(dy[i]) * want[i] * (1 - want[i])
	}
	y, dx := dirty(len(x)), dirty(len(x))
	Sigmoid(y, x)
	SigmoidGrad(dx, dy, y)
	near(t, "sigmoid", y, want, 1e-6)
	near(t, "gradient of sigmoid", dx, wantDx, 1e-6)
}

func TestScaleChannels(t *testing.T) {
	for _, s := range []struct{ n, pixels, c int }{{1, 1, 1}, {2, 1, 5}, {3, 63, 10}, {1, 64, 64}, {40, 49, 20}} {
		x, factors, dy := random(1, s.n*s.pixels*s.c), random(2, s.n*s.c), random(3, s.n*s.pixels*s.c)
		want, wantFactors := make([]float64, len(x)), make([]float64, len(factors))
		for i, v := range x {
			j := i/(s.pixels*s.c)*s.c + i%s.c
			want[i] = float64(v) * float64(factors[j])
			wantFactors[j] += float64(v) * float64(dy[i])
		}
		y, got := dirty(len(x)), dirty(len(factors))
		ScaleChannels(y, x, factors, s.c)
		ScaleChannelsFactorGrad(got, dy, x, s.c)
		near(t, fmt.Sprintf("%+v: output", s), y, want, 1e-6)
		near(t, fmt.Sprintf("%+v: gradient of the factors", s), got, wantFactors, 1e-6)
	}
}

func TestRows(t *testing.T) {
	for _, s := range rowsAndChannels {
		x, b := random(1, s.rows*s.c), random(2, s.c)
		wantBiased, wantSum := make([]float64, len(x)), make([]float64, s.c)
		for i, v := range x {
			wantBiased[i] = float64(v + b[i%s.c])
			wantSum[i%s.c] += float64(v)
		}
		sum := dirty(s.c)
		SumRows(sum, x)
		AddBias(x, b)
		near(t, fmt.Sprintf("%dx%d: sum of rows", s.rows, s.c), sum, wantSum, 1e-6)
		near(t, fmt.Sprintf("%dx%d: bias", s.rows, s.c), x, wantBiased, 0)
	}
}

// TestSGD follows PyTorch's rule in float64 for several steps.
func TestSGD(t *testing.T) {
	const n, steps = grain + 7, 5
	for _, test := range []struct {
		name                  string
		rate, momentum, decay float32
		nesterov              bool
	}{
		{"plain", 0.1, 0, 0, false},
		{"momentum", 0.1, 0.9, 0, false},
		{"decay", 0.1, 0, 0.3, false},
		{"momentum and decay", 0.05, 0.9, 0.3, false},
		{"Nesterov", 0.05, 0.9, 0.3, true},
		{"rate zero", 0, 0.9, 0.3, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, v := random(1, n), make([]float32, n)
			wantW, wantV := make([]float64, n), make([]float64, n)
			for i := range w {
				wantW[i] = float64(w[i])
			}
			rate, momentum, decay := float64(test.rate), float64(test.momentum), float64(test.decay)
			for step := range steps {
				grad := random(uint64(2+step), n)
				SGD(w, v, grad, test.rate, test.momentum, test.decay, test.nesterov)
				for i := range wantW {
					g := float64(grad[i]) + decay*wantW[i]
					wantV[i] = momentum*wantV[i] + g
					if test.nesterov {
						g += momentum * wantV[i]
					} else {
						g = wantV[i]
					}
					wantW[i] -= rate * g
				}
			}
			near(t, "weights", w, wantW, 1e-6)
			near(t, "velocity", v, wantV, 1e-6)
		})
	}
}
