package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// scale is the range of an axis and how it is divided.
type scale struct {
	min, max   float64
	log        bool
	categories []string
}

// limit is how far from one a value may be to be drawn: what is beyond cannot be
// divided into ticks.
const limit = 1e100

// drawable tells whether there is a place for v on an axis.
func drawable(v float64, log bool) bool {
	if log {
		return v > 1/limit && v < limit
	}
	return math.Abs(v) < limit // false for NaN
}

// span is the range of the values, and zero with them where that is not far.
func span(values []float64, log bool) scale {
	s := scale{min: math.Inf(1), max: math.Inf(-1), log: log}
	for _, v := range values {
		if drawable(v, log) {
			s.min, s.max = min(s.min, v), max(s.max, v)
		}
	}
	switch {
	case s.min > s.max:
		s.min, s.max = 0, 1
		if log {
			s.min, s.max = 1, 10
		}
	case log && s.max < s.min*1.01:
		s.min, s.max = s.min/2, s.max*2
	case log:
		margin := math.Pow(s.max/s.min, 0.04)
		s.min, s.max = s.min/margin, s.max*margin
	case s.max-s.min <= 1e-9*math.Abs(s.max):
		margin := max(math.Abs(s.max)/2, 1e-9)
		if s.max == 0 {
			margin = 1
		}
		s.min, s.max = s.min-margin, s.max+margin
	default:
		margin := 0.04 * (s.max - s.min)
		low := s.min - margin
		if s.min >= 0 && s.min < s.max/2 {
			low = 0
		}
		s.min, s.max = low, s.max+margin
	}
	return s
}

// clamp sets the range where both ends are given.
func (s scale) clamp(ends [2]float64) scale {
	if ends[0] < ends[1] && drawable(ends[0], s.log) && drawable(ends[1], s.log) {
		s.min, s.max = ends[0], ends[1]
	}
	return s
}

// Ticks makes a scale a plot.Ticker.
func (s scale) Ticks(low, high float64) []plot.Tick {
	switch {
	case len(s.categories) > 0:
		var ticks []plot.Tick
		for i, name := range s.categories {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
		}
		return ticks
	case s.log && high/low > 8:
		return decades(low, high)
	}
	return steps(low, high)
}

// steps are ticks at round numbers, five or so.
func steps(low, high float64) []plot.Tick {
	step := math.Pow10(int(math.Floor(math.Log10((high - low) / 4))))
	for _, factor := range []float64{2, 2.5, 2} {
		if (high-low)/step > 6 {
			step *= factor
		}
	}
	var ticks []plot.Tick
	first := math.Ceil(low/step - 1e-9)
	for i := range 12 {
		if v := (first + float64(i)) * step; v <= high+1e-9*step {
			ticks = append(ticks, plot.Tick{Value: v, Label: number(v, step)})
		}
	}
	return ticks
}

// decades are ticks of a logarithmic axis: at powers of ten and, on short ones, at
// 2 and 5 times these.
func decades(low, high float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	every := (last-first)/6 + 1
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for _, digit := range []float64{1, 2, 5} {
			v := digit * math.Pow10(e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: v}
			if digit == 1 && (e-first)%every == 0 || digit != 1 && high < 100*low {
				t.Label = strconv.FormatFloat(v, 'g', -1, 64)
				if math.Abs(float64(e)) < 6 {
					t.Label = strconv.FormatFloat(v, 'f', -1, 64)
				}
			}
			if t.Label != "" || digit == 1 {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

// number is a tick's number with the digits that its step needs.
func number(v, step float64) string {
	if math.Abs(v) >= 1e6 || step < 1e-5 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	digits := 0
	for s := step; digits < 6 && math.Abs(s-math.Round(s)) > 1e-6*s; s *= 10 {
		digits++
	}
	if math.Abs(v) < step/2 {
		v = 0 // not -0
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
