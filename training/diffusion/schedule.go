package diffusion

import (
	"math"

	"github.com/pkg/errors"
)

// Schedule is how much noise each step adds, in float64 (Ho et al. 2020, section 2).
type Schedule struct {
	Beta     []float64 // variance of the noise of a step
	AlphaBar []float64 // product of 1 - Beta up to and with the step
}

// Linear is the paper's schedule, whose Beta rises evenly from first to last over so many
// steps; the paper's are 1e-4, 0.02 and 1000 (section 4).
func Linear(first, last float64, steps int) (Schedule, error) {
	if steps < 2 || !(first > 0 && first <= last && last < 1) {
		return Schedule{}, errors.Errorf("diffusion: a schedule needs at least 2 steps and 0 < first <= last < 1, got %d steps from %v to %v", steps, first, last)
	}
	s := Schedule{Beta: make([]float64, steps), AlphaBar: make([]float64, steps)}
	product := 1.0
	for t := range s.Beta {
		s.Beta[t] = first + (last-first)*float64(t)/float64(steps-1)
		product *= 1 - s.Beta[t]
		s.AlphaBar[t] = product
	}
	return s, nil
}

// Paper is Linear(1e-4, 0.02, 1000).
func Paper() Schedule {
	s, _ := Linear(1e-4, 0.02, 1000) // in range
	return s
}

// Steps is how many there are.
func (s Schedule) Steps() int { return len(s.Beta) }

// noise makes x noisy as it is after a step: sqrt(AlphaBar) x + sqrt(1 - AlphaBar) noise
// (equation 4).
func (s Schedule) noise(x, noise []float32, t int) {
	picture, of := float32(math.Sqrt(s.AlphaBar[t])), float32(math.Sqrt(1-s.AlphaBar[t]))
	for i, e := range noise {
		x[i] = float32(picture*x[i]) + float32(of*e)
	}
}

// before is AlphaBar of the step before t.
func (s Schedule) before(t int) float64 {
	if t == 0 {
		return 1
	}
	return s.AlphaBar[t-1]
}

// posterior are the factors of the clean picture and of the noisy one in the mean of the
// step before t, and its variance (equation 7).
func (s Schedule) posterior(t int) (clean, noisy, variance float64) {
	before, rest := s.before(t), 1-s.AlphaBar[t]
	clean = s.Beta[t] * math.Sqrt(before) / rest
	noisy = (1 - before) * math.Sqrt(1-s.Beta[t]) / rest
	return clean, noisy, s.Beta[t] * (1 - before) / rest
}
