package scoring

import "github.com/pkg/errors"

// Average is the mean of scores [Classes] over views, or over the networks of an
// ensemble. Whether scores are logits or Probabilities is the caller's choice:
// He et al. 2015 do not say, fb.resnet.torch averages logits over crops.
func Average(scores ...[]float32) ([]float32, error) {
	if len(scores) == 0 {
		return nil, errors.New("scoring: want scores to average, got none")
	}
	sums := make([]float64, len(scores[0]))
	for i, s := range scores {
		if len(s) != len(sums) {
			return nil, errors.Errorf("scoring: want scores of %d classes as the first, got %d in place %d", len(sums), len(s), i)
		}
		for c, v := range s {
			sums[c] += float64(v)
		}
	}
	mean := make([]float32, len(sums))
	for c, sum := range sums {
		mean[c] = float32(sum / float64(len(scores)))
	}
	return mean, nil
}
