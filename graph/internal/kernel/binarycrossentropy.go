package kernel

import "math"

// BinaryCrossEntropy is the mean by weights (see SquaredError) of
// -p t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x)), of logits x and targets t, where
// p is the class's of positives, which lie side by side in a row of x; nil means 1 for
// each. No logit is too large for it.
func BinaryCrossEntropy(x, targets, weights, positives []float32) float64 {
	return meanLoss(len(x), weights, func(i int) float64 {
		v, t, p := float64(x[i]), float64(targets[i]), positive(positives, i)
		return (1-t)*v + (1-t+p*t)*(math.Log1p(math.Exp(-math.Abs(v)))+max(-v, 0))
	})
}

// BinaryCrossEntropyGradient is the gradient of x for a gradient of the mean of scale.
// dx may be x.
func BinaryCrossEntropyGradient(dx, x, targets, weights, positives []float32, scale float64) {
	meanLossGradient(dx, weights, scale, func(i int) float64 {
		t, p := float64(targets[i]), positive(positives, i)
		return (1-t+p*t)/(1+math.Exp(-float64(x[i]))) - p*t
	})
}

func positive(positives []float32, i int) float64 {
	if positives == nil {
		return 1
	}
	return float64(positives[i%len(positives)])
}
