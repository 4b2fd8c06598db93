package kernel

import "math"

// Activation is a function of single values.
type Activation uint8

// The activations; see package graph for their formulas.
const (
	Identity Activation = iota
	RectifiedLinear
	RectifiedLinear6
	Logistic
	SigmoidLinear
	GaussianErrorLinear
	GaussianErrorLinearTanh
	HardSwish
)

// OfOutput tells whether the gradient follows from the output; otherwise it
// needs the input.
func (a Activation) OfOutput() bool { return a <= Logistic }

// Forward computes y = a(x); the two may share memory.
func (a Activation) Forward(y, x []float32) {
	if a == RectifiedLinear {
		ReLU(y, x)
		return
	}
	ranges(len(x), 1, func(s *space, lo, hi int) { a.some(s, y[lo:hi], x[lo:hi]) })
}

// some is Forward of a part that one task has.
func (a Activation) some(s *space, y, x []float32) {
	f := functions()
	if fast := f.activation[a]; fast != nil {
		f.over(s, x, y, fast)
		return
	}
	a.forward(y, x)
}

// apply overwrites a part that one task has.
func (a Activation) apply(s *space, y []float32) {
	used := s.floats.used
	a.some(s, y, y)
	s.floats.used = used
}

// onTheWay tells whether kernels apply it to results as they store them; vectors
// have an instruction for it then (see epilogue.activated and vectors.affine).
func (a Activation) onTheWay() bool { return a <= RectifiedLinear }

// onItsWay applies it to a row of results if it is applied on the way.
func (a Activation) onItsWay(row []float32) {
	if a != Identity && a.onTheWay() {
		a.forward(row, row)
	}
}

// after applies it to all results if it is not applied on the way.
func (a Activation) after(y []float32) {
	if !a.onTheWay() {
		a.Forward(y, y)
	}
}

func (a Activation) forward(y, x []float32) {
	switch a {
	case Identity:
		copy(y, x)
	case RectifiedLinear:
		for i, v := range x {
			y[i] = max(v, 0)
		}
	case RectifiedLinear6:
		for i, v := range x {
			y[i] = min(max(v, 0), 6)
		}
	case Logistic:
		for i, v := range x {
			y[i] = float32(logistic(float64(v)))
		}
	case SigmoidLinear:
		for i, v := range x {
			y[i] = float32(float64(v) * logistic(float64(v)))
		}
	case GaussianErrorLinear:
		for i, v := range x {
			y[i] = float32(float64(v) * normal(float64(v)))
		}
	case GaussianErrorLinearTanh:
		for i, v := range x {
			y[i] = float32(float64(v) * logistic(2*geluArgument(float64(v))))
		}
	case HardSwish:
		for i, v := range x {
			y[i] = v * min(max(v+3, 0), 6) / 6
		}
	}
}

// Backward computes dx = dy*a'(x) from the output where OfOutput, else from the
// input; dx may share memory with either.
func (a Activation) Backward(dx, dy, from []float32) {
	if a == RectifiedLinear {
		ReLUGrad(dx, dy, from)
		return
	}
	f := functions()
	ranges(len(dx), 1, func(s *space, lo, hi int) {
		if fast := f.slope[a]; fast != nil {
			f.over2(s, from[lo:hi], dy[lo:hi], dx[lo:hi], fast)
			return
		}
		a.backward(dx[lo:hi], dy[lo:hi], from[lo:hi])
	})
}

func (a Activation) backward(dx, dy, from []float32) {
	switch a {
	case Identity:
		copy(dx, dy)
	case RectifiedLinear:
		for i, y := range from {
			dx[i] = where(y > 0, dy[i])
		}
	case RectifiedLinear6:
		for i, y := range from {
			dx[i] = where(y > 0 && y < 6, dy[i])
		}
	case Logistic:
		for i, y := range from {
			dx[i] = dy[i] * y * (1 - y)
		}
	case SigmoidLinear:
		for i, v := range from {
			x := float64(v)
			s := logistic(x)
			dx[i] = float32(float64(dy[i]) * s * (1 + x*(1-s)))
		}
	case GaussianErrorLinear:
		for i, v := range from {
			x := float64(v)
			dx[i] = float32(float64(dy[i]) * (normal(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)))
		}
	case GaussianErrorLinearTanh:
		for i, v := range from {
			x := float64(v)
			s := logistic(2 * geluArgument(x))
			slope := 2 * math.Sqrt(2/math.Pi) * (1 + 3*0.044715*x*x)
			dx[i] = float32(float64(dy[i]) * (s + x*s*(1-s)*slope))
		}
	case HardSwish:
		for i, x := range from {
			switch {
			case x <= -3:
				dx[i] = 0
			case x >= 3:
				dx[i] = dy[i]
			default:
				dx[i] = dy[i] * (x/3 + 0.5)
			}
		}
	}
}

func where(condition bool, v float32) float32 {
	if condition {
		return v
	}
	return 0
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// normal is the distribution function of the normal distribution.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// geluArgument is what GELU's approximation takes the hyperbolic tangent of:
// (1 + tanh(u))/2 is logistic(2u).
func geluArgument(x float64) float64 { return math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x) }
