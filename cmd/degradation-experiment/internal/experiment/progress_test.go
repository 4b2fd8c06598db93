package experiment

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// TestRows wants the outcome of a row within the 40 columns of a narrow terminal, whatever
// an experiment calls its networks.
func TestRows(t *testing.T) {
	const narrow = 40
	for _, d := range Designs() {
		depth := 110
		if d.Check(d.Kinds[0], depth) != nil {
			depth = 20
		}
		for _, k := range d.Kinds {
			n := Network{Experiment: d.Name, Kind: k, Depth: depth}
			row := describe(n, training.Record{Test: &training.Score{}}, &sample{score: &training.Score{Error: 1}})
			if line := strings.Join(row[:2], "  "); len([]rune(line)) > narrow || !strings.Contains(line, "training 100.00 %") {
				t.Errorf("%s: %q does not fit into %d columns", d.Name, line, narrow)
			}
		}
	}
}
