package experiment

import (
	"math"
	"strconv"
)

// lengths is how the gradient of a network is spread over the lengths of its paths.
type lengths struct {
	mean   []float64 // L2 norm of the gradient through a path of length 0, 1, 2 and so on: mean of those followed
	share  []float64 // of the sum over all paths, by length
	number []float64 // of the paths, by length: a share too

	expected float64 // length: mean over the shares
	noise    float64 // its standard error, from following so few paths
}

// lengths adds up what was measured along single paths: there are binomially many of each
// length. It has no mean where nothing was measured, or nothing came through.
func (t *Trained) lengths() (l lengths) {
	var squares, samples []float64
	for _, p := range t.Paths {
		length, err := strconv.Atoi(p.Of)
		if err != nil || length < 0 || length > len(l.mean) || !(p.Value >= 0) || math.IsInf(p.Value, 1) {
			return lengths{}
		}
		if length == len(l.mean) {
			l.mean, squares, samples = append(l.mean, 0), append(squares, 0), append(samples, 0)
		}
		l.mean[length] += p.Value
		squares[length] += p.Value * p.Value
		samples[length]++
	}
	units := len(l.mean) - 1
	total, largest := 0.0, math.Inf(-1)
	logs := make([]float64, len(l.mean))
	for k := range l.mean {
		l.mean[k] /= samples[k]
		logs[k] = choose(units, k) + math.Log(l.mean[k])
		largest = max(largest, logs[k])
	}
	if math.IsInf(largest, -1) {
		return lengths{}
	}
	for k := range logs {
		logs[k] = math.Exp(logs[k] - largest)
		total += logs[k]
	}
	for k, v := range logs {
		l.share = append(l.share, v/total)
		l.number = append(l.number, math.Exp(choose(units, k)-float64(units)*math.Ln2))
		l.expected += float64(k) * v / total
	}
	for k, m := range l.mean {
		if samples[k] > 1 && m > 0 {
			variance := max(squares[k]/samples[k]-m*m, 0) * samples[k] / (samples[k] - 1)
			d := (float64(k) - l.expected) * l.share[k] / m
			l.noise += d * d * variance / samples[k]
		}
	}
	l.noise = math.Sqrt(l.noise)
	return l
}

// choose is the logarithm of the number of ways to choose k of n.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// middle is the shortest stretch from the 5th to the 95th hundredth of the gradient, and
// how many of the paths are of these lengths, a fraction.
func (l lengths) middle() (from, to int, paths float64) {
	sum := 0.0
	from = -1
	for k, s := range l.share {
		sum += s
		if from < 0 && sum >= 0.05 {
			from = k
		}
		if to = k; sum >= 0.95 {
			break
		}
	}
	for k := max(from, 0); k <= to && k < len(l.number); k++ {
		paths += l.number[k]
	}
	return max(from, 0), to, paths
}
