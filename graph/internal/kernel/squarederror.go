package kernel

// SquaredError is the mean of (x - target)^2 by weights, of which each is that of
// len(x)/len(weights) values side by side; nil means 1 for each.
func SquaredError(x, targets, weights []float32) float64 {
	return meanLoss(len(x), weights, func(i int) float64 {
		d := float64(x[i]) - float64(targets[i])
		return d * d
	})
}

// SquaredErrorGradient is the gradient of x for a gradient of the mean of scale. dx
// may be x.
func SquaredErrorGradient(dx, x, targets, weights []float32, scale float64) {
	meanLossGradient(dx, weights, scale, func(i int) float64 { return 2 * (float64(x[i]) - float64(targets[i])) })
}
