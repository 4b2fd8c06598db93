package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// arguments are values of every size and sign, and those where functions turn.
func arguments() (x []float32) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		x = append(x, float32(6*rng.NormFloat64()), float32(200*(rng.Float64()-0.5)), float32(math.Exp(20*(rng.Float64()-0.9)))*float32(1-2*rng.IntN(2)))
	}
	return append(x, 0, float32(math.Copysign(0, -1)), 1, -1, 3, -3, 6, 1e-38, -1e-38, 88.7, -87.3, -103, 1e15, -1e15)
}

// TestFunctions holds functions of single values against float64, in units of the
// last place of the result, of the largest term of a sum where the result is one,
// or of 2^-100 where it is smaller: towards there results
// may go to zero too early.
func TestFunctions(t *testing.T) {
	x := arguments()
	dy := random(2, len(x))
	s := newSweep(t)
	for _, a := range []Activation{RectifiedLinear6, Logistic, SigmoidLinear, GaussianErrorLinear, GaussianErrorLinearTanh, HardSwish} {
		want, slope := make([]float64, len(x)), make([]float64, len(x))
		size, steep := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			v := float64(v)
			var y, d, terms float64
			switch a {
			case RectifiedLinear6:
				y = min(max(v, 0), 6)
				d = float64(where(y > 0 && y < 6, 1))
			case Logistic:
				y = logistic(v)
				d = float64(float32(y)) * (1 - float64(float32(y)))
				terms = float64(float32(y))
			case SigmoidLinear:
				l := logistic(v)
				y, d, terms = v*l, l*(1+v*(1-l)), l*(1+math.Abs(v))
			case GaussianErrorLinear:
				phi, density := normal(v), math.Exp(-v*v/2)/math.Sqrt(2*math.Pi)
				y, d, terms = v*phi, phi+v*density, phi+math.Abs(v)*density
			case GaussianErrorLinearTanh:
				l, rise := logistic(2*geluArgument(v)), 2*math.Sqrt(2/math.Pi)*(1+3*0.044715*v*v)
				y, d, terms = v*l, l+v*l*(1-l)*rise, l*(1+math.Abs(v)*rise)
				terms = max(terms, math.Abs(d)*math.Abs(geluArgument(v))) // the exponent's rounding counts in full
			case HardSwish:
				y = v * min(max(v+3, 0), 6) / 6
				d = 0.5 + v/3
				terms = 1
				if v <= -3 || v >= 3 {
					d = float64(where(v >= 3, 1))
				}
			}
			want[i], slope[i] = y, d*float64(dy[i])
			size[i], steep[i] = math.Abs(y), max(math.Abs(d), terms)*math.Abs(float64(dy[i]))
			if a == GaussianErrorLinearTanh {
				size[i] *= max(1, math.Abs(geluArgument(v)))
			}
			if a == HardSwish && v > -4 && v < 0 {
				size[i] = max(size[i], math.Abs(v)/2) // x + 3 was rounded
			}
		}
		s.try(struct{ Activation Activation }{a}, func(t *trial) {
			y, dx := t.output(len(x)), t.output(len(x))
			a.Forward(y, t.input(x))
			from := x
			if a.OfOutput() {
				from = make([]float32, len(x))
				for i, v := range want {
					from[i] = float32(v)
				}
			}
			a.Backward(dx, t.input(dy), t.input(from))
			t.places("value", x, y, want, size, 6)
			t.places("gradient", x, dx, slope, steep, 8)
		})
	}
	exps := make([]float64, len(x))
	for i, v := range x {
		exps[i] = math.Exp(float64(v))
	}
	s.try(struct{ Exp string }{"exp"}, func(t *trial) {
		y, in := t.output(len(x)), t.input(x)
		f := functions()
		ranges(len(x), 1, func(s *space, lo, hi int) { f.over(s, in[lo:hi], y[lo:hi], f.exp) })
		t.places("value", x, y, exps, exps, 2)
	})
}

// places wants values within so many units of the last place of their sizes.
func (t *trial) places(what string, x, got []float32, want, size []float64, tolerance float64) {
	t.Helper()
	if !t.counts {
		return
	}
	scaled, units := make([]float32, len(got)), make([]float64, len(got))
	for i, w := range want {
		if float64(float32(w)) == float64(got[i]) || math.IsInf(float64(float32(w)), 1) && got[i] > math.MaxFloat32 {
			continue
		}
		unit := math.Ldexp(1, int(math.Floor(math.Log2(max(size[i], 0x1p-100))))-23)
		scaled[i] = float32((float64(got[i]) - w) / unit)
		if !(math.Abs(float64(scaled[i])) <= tolerance) {
			t.errorf("%s of %v is %v, want %v", what, x[i], got[i], w)
			return
		}
	}
	t.near(what, scaled, units, 1, tolerance)
}

// TestFunctionsOfNone wants what is no number, or infinite, to come out as such.
func TestFunctionsOfNone(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, a := range []Activation{RectifiedLinear6, Logistic, SigmoidLinear, GaussianErrorLinear, GaussianErrorLinearTanh, HardSwish} {
		s := newSweep(t)
		s.try(struct{ Activation Activation }{a}, func(t *trial) {
			y := t.output(3)
			a.Forward(y, t.input([]float32{nan, inf, 1}))
			if y[0] == y[0] {
				t.errorf("NaN becomes %v", y[0])
			}
			want := inf
			switch a {
			case RectifiedLinear6:
				want = 6
			case Logistic:
				want = 1
			}
			if y[1] != want {
				t.errorf("infinity becomes %v, want %v", y[1], want)
			}
		})
	}
}

// TestWhereAValueLies wants a value's function to have the same bits wherever it lies.
func TestWhereAValueLies(t *testing.T) {
	x := random(3, 64)
	s := newSweep(t)
	for a := RectifiedLinear6; a <= HardSwish; a++ {
		s.try(struct{ Activation Activation }{a}, func(t *trial) {
			whole, d := t.output(len(x)), t.output(len(x))
			a.Forward(whole, t.input(x))
			a.Backward(d, t.input(x), t.input(x))
			for _, n := range []int{1, 5, 16, 33} {
				y, dx := t.output(n), t.output(n)
				a.Forward(y, t.input(x[7:7+n]))
				a.Backward(dx, t.input(x[7:7+n]), t.input(x[7:7+n]))
				t.same("value", y, whole[7:7+n])
				t.same("gradient", dx, d[7:7+n])
			}
		})
	}
}

// BenchmarkFunctions is of the kernels in use: see GORGONET_KERNELS.
func BenchmarkFunctions(b *testing.B) {
	x, y, dx := random(1, 1<<20), make([]float32, 1<<20), make([]float32, 1<<20)
	for _, a := range []Activation{Logistic, SigmoidLinear, GaussianErrorLinear, GaussianErrorLinearTanh, HardSwish} {
		b.Run(fmt.Sprintf("%d/forward", a), func(b *testing.B) {
			b.SetBytes(8 << 20)
			for range b.N {
				a.Forward(y, x)
			}
		})
		b.Run(fmt.Sprintf("%d/backward", a), func(b *testing.B) {
			b.SetBytes(12 << 20)
			for range b.N {
				a.Backward(dx, y, x)
			}
		})
	}
}
