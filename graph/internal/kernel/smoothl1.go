package kernel

import "math"

// SmoothL1 is the mean by weights (see SquaredError) of d^2 / (2 beta) where d, the
// distance of x and target, is below beta, and of d - beta/2 elsewhere (Girshick 2015,
// equation 3, where beta is 1). A beta of 0 makes it the mean distance.
func SmoothL1(x, targets, weights []float32, beta float64) float64 {
	return meanLoss(len(x), weights, func(i int) float64 {
		d := math.Abs(float64(x[i]) - float64(targets[i]))
		if d < beta {
			return d * d / (2 * beta)
		}
		return d - beta/2
	})
}

// SmoothL1Gradient is the gradient of x for a gradient of the mean of scale. dx may be
// x.
func SmoothL1Gradient(dx, x, targets, weights []float32, beta, scale float64) {
	meanLossGradient(dx, weights, scale, func(i int) float64 {
		switch d := float64(x[i]) - float64(targets[i]); {
		case math.Abs(d) < beta:
			return d / beta
		case d > 0:
			return 1
		case d < 0:
			return -1
		default:
			return d // 0 or NaN
		}
	})
}
