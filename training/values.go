package training

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// Values are values of metrics by name. In JSON null stands for NaN and infinity.
type Values map[string]float64

// Names are those of the metrics, in the order of the alphabet.
func (v Values) Names() []string { return slices.Sorted(maps.Keys(v)) }

// MarshalJSON writes null for what is not finite.
func (v Values) MarshalJSON() ([]byte, error) {
	j := map[string]*float64{}
	for name, x := range v {
		if j[name] = &x; !finite(x) {
			j[name] = nil
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote; null is NaN.
func (v *Values) UnmarshalJSON(text []byte) error {
	var j map[string]*float64
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*v = nil
	for name, x := range j {
		if x == nil {
			v.set(name, math.NaN())
		} else {
			v.set(name, *x)
		}
	}
	return nil
}

func (v *Values) set(name string, x float64) {
	if *v == nil {
		*v = Values{}
	}
	(*v)[name] = x
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
