package report

import (
	"strings"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		log       bool
		want      string
	}{
		{0, 10, false, "0 2 4 6 8 10"},
		{0, 160, false, "0 50 100 150"},
		{0, 64000, false, "0 20000 40000 60000"},
		{-1, 1, false, "-1.0 -0.5 0.0 0.5 1.0"},
		{0, 0.1, false, "0.00 0.02 0.04 0.06 0.08 0.10"},
		{57, 92, false, "60 70 80 90"},
		{2, 2.02, false, "2.000 2.005 2.010 2.015 2.020"},
		{0, 5e6, false, "0 1e+06 2e+06 3e+06 4e+06 5e+06"},
		{0.0009, 0.11, true, "0.001 0.01 0.1"},
		{0.09, 1.1, true, "0.1 0.2 0.5 1"},
		{1, 3, true, "1.0 1.5 2.0 2.5 3.0"},
		{1e-12, 1, true, "1e-12 1e-09 1e-06 0.001 1"},
	} {
		s := scale{min: test.low, max: test.high, log: test.log}
		var labels []string
		for _, tick := range s.Ticks(test.low, test.high) {
			if tick.Label != "" {
				labels = append(labels, tick.Label)
			}
		}
		if got := strings.Join(labels, " "); got != test.want {
			t.Errorf("%g to %g: %s, want %s", test.low, test.high, got, test.want)
		}
	}
}
