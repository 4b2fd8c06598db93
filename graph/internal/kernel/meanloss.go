package kernel

// meanLoss is the mean of n losses, those of elements 0 to n-1, by their weights. A
// weight is that of n/len(weights) elements side by side; nil means 1 for each. Where
// nothing counts the mean is 0.
func meanLoss(n int, weights []float32, loss func(i int) float64) float64 {
	sum, total := 0.0, float64(n)
	if weights == nil {
		for i := range n {
			sum += loss(i)
		}
		return sum / total
	}
	total = weighed(n, weights)
	if total == 0 {
		return 0
	}
	per := n / len(weights)
	for j, w := range weights {
		if w == 0 {
			continue // whatever padding makes of it
		}
		for i := j * per; i < (j+1)*per; i++ {
			sum += float64(w) * loss(i)
		}
	}
	return sum / total
}

// meanLossGradient is the gradient of scale times meanLoss, where slope is that of
// the loss of an element.
func meanLossGradient(dx, weights []float32, scale float64, slope func(i int) float64) {
	n := len(dx)
	if weights == nil {
		scale /= float64(n)
		for i := range dx {
			dx[i] = float32(scale * slope(i))
		}
		return
	}
	total := weighed(n, weights)
	per := n / len(weights)
	for j, w := range weights {
		d := dx[j*per : (j+1)*per]
		if w == 0 || total == 0 {
			clear(d)
			continue
		}
		factor := scale * float64(w) / total
		for i := range d {
			d[i] = float32(factor * slope(j*per+i))
		}
	}
}

// weighed is the sum of the weights of n elements.
func weighed(n int, weights []float32) (total float64) {
	for _, w := range weights {
		total += float64(w)
	}
	return total * float64(n/len(weights))
}
