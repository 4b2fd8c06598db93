package training

import (
	"encoding/json"
	"math"
)

// Score is how a network does on a data set.
type Score struct {
	Loss      float64 // mean cross entropy, or what else the task's loss is
	Error     float64 // share of wrong predictions, 0 to 1
	Top5Error float64 // share of examples whose class is not among the five most probable
	Correct   int     // right predictions
	N         int     // examples that count

	values *Values // see Values; nil for none
}

// Values are those of the task's metrics that have no field of their own; nil of
// Classification.
func (s *Score) Values() Values {
	if s.values == nil {
		return nil
	}
	return *s.values
}

// set puts in a metric that has no field.
func (s *Score) set(metric string, v float64) {
	if s.values == nil {
		s.values = new(Values)
	}
	s.values.set(metric, v)
}

// Value is that of a metric, "loss" among them; NaN where there is none of that name.
func (s *Score) Value(metric string) float64 {
	v, known := s.Values()[metric]
	switch {
	case known:
		return v
	case metric == lossName:
		return s.Loss
	case metric == errorName:
		return s.Error
	case metric == top5Name:
		return s.Top5Error
	}
	return math.NaN()
}

// scoreOf puts the values of metrics into a score.
func scoreOf(metrics []Metric, values []float64, loss float64, n int) Score {
	s := Score{Loss: loss, N: n}
	for i, m := range metrics {
		switch m.Name {
		case errorName:
			s.Error = values[i]
			s.Correct = int(math.Round((1 - s.Error) * float64(n)))
		case top5Name:
			s.Top5Error = values[i]
		default:
			s.set(m.Name, values[i])
		}
	}
	return s
}

// MarshalJSON writes a loss that is not finite as null: in the first steps of a
// very deep network the running statistics can be so far off that it overflows.
func (s Score) MarshalJSON() ([]byte, error) {
	j := scoreJSON{&s.Loss, s.Error, s.Top5Error, s.Correct, s.N, s.values}
	if !finite(s.Loss) {
		j.Loss = nil
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote; null is NaN.
func (s *Score) UnmarshalJSON(text []byte) error {
	var j scoreJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*s = Score{math.NaN(), j.Error, j.Top5Error, j.Correct, j.N, j.Values}
	if j.Loss != nil {
		s.Loss = *j.Loss
	}
	return nil
}

type scoreJSON struct {
	Loss             *float64
	Error, Top5Error float64
	Correct, N       int
	Values           *Values `json:",omitempty"`
}
