package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Spread is what a number comes to over the seeds.
type Spread struct {
	Mean      float64   `json:"mean"`
	Deviation float64   `json:"deviation"` // of a sample; 0 for one seed
	Each      []float64 `json:"each"`      // in the order of the seeds
}

func spread(values []float64) Spread {
	s := Spread{Each: values}
	n := float64(len(values))
	for _, v := range values {
		s.Mean += v / n
	}
	if n > 1 {
		for _, v := range values {
			s.Deviation += (v - s.Mean) * (v - s.Mean) / (n - 1)
		}
		s.Deviation = math.Sqrt(s.Deviation)
	}
	return s
}

// clearly is how many standard errors a gap must be from zero to count.
const clearly = 2

func minus(a, b []float64) []float64 {
	out := slices.Clone(a)
	for i := range out {
		out[i] -= b[i]
	}
	return out
}

// percent writes a spread in percent.
func (s Spread) percent() string {
	text := percent(s.Mean)
	if len(s.Each) > 1 {
		text += fmt.Sprintf(" ±\u00a0%.2f", 100*s.Deviation)
	}
	return text
}

// percent writes a fraction in percent.
func percent(v float64) string {
	if text := fmt.Sprintf("%.2f", 100*v); text != "-0.00" {
		return text
	}
	return "0.00"
}

// signed is percent with the sign in front.
func signed(s Spread) string {
	switch {
	case s.Mean > 0:
		return "+" + s.percent()
	case s.Mean < 0:
		return "−" + strings.TrimPrefix(s.percent(), "-")
	}
	return s.percent()
}
